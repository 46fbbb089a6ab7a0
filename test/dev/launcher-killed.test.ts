import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { freePort, isListening } from "../../infra/dev/ports.ts";
import { identify, isAlive, type ProcessIdentity } from "../../infra/dev/process-identity.ts";
import { createSupervisor } from "../../infra/dev/supervisor.ts";
import { eventually } from "../support/eventually.ts";
import { type Launcher, openLauncher } from "./open-launcher.ts";
import { smallServer } from "./small-server.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** One part that ends when it is asked to, and one that does not listen. */
async function launch(dataDir: string) {
  const ports = [await freePort(), await freePort()] as const;
  const obedient = smallServer("obedient", { port: ports[0] });
  const deaf = smallServer("deaf", { port: ports[1], script: 'process.on("SIGTERM", () => undefined)' });
  const launcher = await openLauncher(
    `const { createSupervisor } = await dev("supervisor.ts");
     const { isListening } = await dev("ports.ts");
     const supervisor = createSupervisor({ dataDir: process.env.DATA_DIR, onLeftover: () => undefined });
     for (const spec of JSON.parse(process.env.PARTS))
       await supervisor.start({ ...spec, isReady: () => isListening(Number(spec.env.SMALL_PORT)) });
     report(true);`,
    { DATA_DIR: dataDir, PARTS: JSON.stringify([obedient, deaf]) },
  );
  return { launcher, ports, guardian: guardianOf(launcher) };
}

function guardianOf({ pid }: Launcher): ProcessIdentity {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
  const guardian = children.find((child) =>
    readFileSync(`/proc/${child}/cmdline`, "utf8").includes("guardian.ts"),
  );
  return identify(guardian ?? 0);
}

const taken = async (ports: readonly number[]) => {
  const seen = await Promise.all(ports.map(isListening));
  return ports.filter((_, i) => seen[i]);
};
const allFree = async (ports: readonly number[]) => (await taken(ports)).length === 0;

describe.runIf(process.platform === "linux")("when the launcher is gone", () => {
  it.each(["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "by %s, nothing that it started is left, the guardian included",
    async (signal) => {
      const { launcher, ports, guardian } = await launch(temporaryFolder());
      expect(await taken(ports)).toEqual(ports);
      expect(isAlive(guardian)).toBe(true);
      launcher.child.kill(signal);
      await eventually("the end of the parts", () => allFree(ports), 20_000);
      await eventually("the end of the guardian", async () => !isAlive(guardian), 20_000);
    },
  );

  it("by Ctrl-C, which reaches its whole process group, the guardian still does its work", async () => {
    const { launcher, ports } = await launch(temporaryFolder());
    process.kill(-launcher.pid, "SIGINT");
    await eventually("the end of the parts", () => allFree(ports), 20_000);
  });

  it("and the guardian with it, the next start ends what is left and says so", async () => {
    const dataDir = temporaryFolder();
    const { launcher, ports, guardian } = await launch(dataDir);
    process.kill(guardian.pid, "SIGKILL");
    launcher.child.kill("SIGKILL");
    await eventually("their end", async () => !isAlive(guardian) && launcher.child.signalCode !== null);
    expect(await taken(ports)).toEqual(ports);
    const named: string[] = [];
    const supervisor = createSupervisor({ dataDir, onLeftover: (name) => named.push(name) });
    expect(named).toEqual(["obedient", "deaf"]);
    expect(await allFree(ports)).toBe(true);
    await supervisor.endAll();
    expect(existsSync(join(dataDir, "run.json"))).toBe(false);
  });
});

describe.runIf(process.platform === "linux")("when the guardian alone is gone", () => {
  it("the launcher works on and ends its parts itself", async () => {
    const dataDir = temporaryFolder();
    const ports = [await freePort(), await freePort()] as const;
    const launcher = await openLauncher(
      `const { createSupervisor } = await dev("supervisor.ts");
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
    const guardian = guardianOf(launcher);
    process.kill(guardian.pid, "SIGKILL");
    await eventually("its end", async () => !isAlive(guardian));
    launcher.child.kill("SIGUSR2");
    await eventually("the launcher's end", async () => launcher.child.exitCode !== null);
    expect(launcher.child.exitCode).toBe(0);
    expect(await allFree(ports)).toBe(true);
  });
});
