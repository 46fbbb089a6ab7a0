import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { freePort, isListening } from "../../../infra/sandbox/ports.ts";
import {
  identify,
  isAlive,
  type ProcessIdentity,
} from "../../../infra/sandbox/processes/process-identity.ts";
import { createSupervisor } from "../../../infra/sandbox/processes/supervisor.ts";
import { eventually } from "../../support/eventually.ts";
import { type Launcher, openLauncher } from "./open-launcher.ts";
import { smallServer } from "./small-server.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** One part that ends when it is asked to, and one that does not listen. */
async function launch(dataDir: string) {
  const ports = [await freePort(), await freePort()] as const;
  const obedient = smallServer("obedient", { port: ports[0] });
  const deaf = smallServer("deaf", { port: ports[1], script: 'process.on("SIGTERM", () => undefined)' });
  const launcher = await openLauncher(
    `const { createSupervisor } = await dev("processes/supervisor.ts");
     const { isListening } = await dev("ports.ts");
     const supervisor = createSupervisor({ dataDir: process.env.DATA_DIR, onLeftover: () => undefined });
     for (const spec of JSON.parse(process.env.PARTS))
       await supervisor.start({ ...spec, isReady: () => isListening(Number(spec.env.SMALL_PORT)) });
     report(true);`,
    { DATA_DIR: dataDir, PARTS: JSON.stringify([obedient, deaf]) },
  );
  return { launcher, ports, reaper: findReaper(launcher) };
}

function findReaper({ pid }: Launcher): ProcessIdentity {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
  const reaper = children.find((child) =>
    readFileSync(`/proc/${child}/cmdline`, "utf8").includes("reaper.ts"),
  );
  return identify(reaper ?? 0);
}

const countTakenPorts = async (ports: readonly number[]) => {
  const seen = await Promise.all(ports.map(isListening));
  return ports.filter((_, i) => seen[i]);
};
const allFree = async (ports: readonly number[]) => (await countTakenPorts(ports)).length === 0;

describe.runIf(process.platform === "linux")("when the launcher is gone", () => {
  it.each(["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "no child process is left, not even the reaper, when the launcher ends by %s",
    async (signal) => {
      const { launcher, ports, reaper } = await launch(temporaryFolder());
      expect(await countTakenPorts(ports)).toEqual(ports);
      expect(isAlive(reaper)).toBe(true);
      launcher.child.kill(signal);
      await eventually("the end of the parts", () => allFree(ports));
      await eventually("the end of the reaper", async () => !isAlive(reaper));
    },
  );

  it("the reaper still works when Ctrl-C reaches the whole process group", async () => {
    const { launcher, ports } = await launch(temporaryFolder());
    process.kill(-launcher.pid, "SIGINT");
    await eventually("the end of the parts", () => allFree(ports));
  });

  it("the next start ends and reports the processes that are left when launcher and reaper are gone", async () => {
    const dataDir = temporaryFolder();
    const { launcher, ports, reaper } = await launch(dataDir);
    process.kill(reaper.pid, "SIGKILL");
    launcher.child.kill("SIGKILL");
    await eventually("their end", async () => !isAlive(reaper) && launcher.child.signalCode !== null);
    expect(await countTakenPorts(ports)).toEqual(ports);
    const named: string[] = [];
    const supervisor = createSupervisor({ dataDir, onLeftover: (name) => named.push(name) });
    expect(named).toEqual(["obedient", "deaf"]);
    expect(await allFree(ports)).toBe(true);
    await supervisor.endAll();
    expect(existsSync(join(dataDir, "run.json"))).toBe(false);
  });
});

describe.runIf(process.platform === "linux")("when the reaper alone is gone", () => {
  it("the launcher keeps running without the reaper and ends its services itself", async () => {
    const dataDir = temporaryFolder();
    const ports = [await freePort(), await freePort()] as const;
    const launcher = await openLauncher(
      `const { createSupervisor } = await dev("processes/supervisor.ts");
       const { isListening } = await dev("ports.ts");
       const supervisor = createSupervisor({ dataDir: process.env.DATA_DIR, onLeftover: () => undefined });
       const [first, second] = JSON.parse(process.env.PARTS).map((spec) => (
         { ...spec, isReady: () => isListening(Number(spec.env.SMALL_PORT)) }));
       await supervisor.start(first);
       report(true);
       process.once("SIGUSR2", async () => {
         await supervisor.start(second);
         await supervisor.endAll();
         process.exit(0);
       });`,
      {
        DATA_DIR: dataDir,
        PARTS: JSON.stringify(ports.map((port, i) => smallServer(`part-${i}`, { port }))),
      },
    );
    const reaper = findReaper(launcher);
    process.kill(reaper.pid, "SIGKILL");
    await eventually("its end", async () => !isAlive(reaper));
    launcher.child.kill("SIGUSR2");
    await eventually("the launcher's end", async () => launcher.child.exitCode !== null);
    expect(launcher.child.exitCode).toBe(0);
    expect(await allFree(ports)).toBe(true);
  });
});
