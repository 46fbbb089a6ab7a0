import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { freePort, isListening } from "../../../../infra/sandbox/ports.ts";
import { identify, isAlive } from "../../../../infra/sandbox/processes/process-identity.ts";
import { createSupervisor, type Supervisor } from "../../../../infra/sandbox/processes/supervisor.ts";
import { eventually } from "../../../support/eventually.ts";
import { smallServer } from "../small-server.ts";
import { temporaryFolder } from "../temporary-folder.ts";

function supervise(dataDir = temporaryFolder()): Supervisor {
  const supervisor = createSupervisor({ dataDir, onLeftover: () => undefined });
  onTestFinished(() => supervisor.endAll());
  return supervisor;
}

describe("a supervised part", () => {
  it("is up when start returns, and what it prints is in its log", async () => {
    const supervisor = supervise();
    const port = await freePort();
    const { pid, logFile } = await supervisor.start(smallServer("web", { port }));
    expect(await isListening(port)).toBe(true);
    expect(supervisor.pidOf("web")).toBe(pid);
    await eventually("the line", async () => readFileSync(logFile, "utf8") === `up as ${pid}\n`);
  });

  it("comes back on the same port after kill -9, and its log goes on", async () => {
    const supervisor = supervise();
    const port = await freePort();
    const first = await supervisor.start(smallServer("web", { port }));
    await supervisor.end("web", "SIGKILL");
    expect(await isListening(port)).toBe(false);
    const second = await supervisor.restart("web");
    expect(await isListening(port)).toBe(true);
    expect(second.pid).not.toBe(first.pid);
    const log = `up as ${first.pid}\nup as ${second.pid}\n`;
    await eventually("both lines", async () => readFileSync(first.logFile, "utf8") === log);
  });

  it("a service restarts after another process killed it", async () => {
    const supervisor = supervise();
    const port = await freePort();
    const { pid } = await supervisor.start(smallServer("web", { port }));
    process.kill(pid, "SIGKILL");
    await eventually("its end", async () => !(await isListening(port)));
    await supervisor.restart("web");
    expect(await isListening(port)).toBe(true);
  });

  it("is there once when it is started again while it runs", async () => {
    const supervisor = supervise();
    const { pid } = await supervisor.start(smallServer("web", { port: await freePort() }));
    const first = identify(pid);
    await supervisor.restart("web");
    expect(isAlive(first)).toBe(false);
  });

  it("a service that ends during its start is reported with its exit code, its log and --fresh", async () => {
    const dataDir = temporaryFolder();
    const service = smallServer("web", { port: await freePort(), script: "process.exit(7)" });
    await expect(supervise(dataDir).start(service)).rejects.toThrow(
      `web ended while it started (7): see ${join(dataDir, "logs", "web.log")}. --fresh starts with empty data.`,
    );
  });

  it("a service that never responds is reported with its log", async () => {
    const service = { ...smallServer("web", { port: await freePort() }), isReady: async () => false };
    await expect(supervise().start({ ...service, readyWithinMs: 200 })).rejects.toThrow(
      /^web was not ready in time: see .*web\.log\.$/,
    );
  });

  it("is prepared before every start", async () => {
    const supervisor = supervise();
    let prepared = 0;
    const prepare = async () => void prepared++;
    await supervisor.start({ ...smallServer("web", { port: await freePort() }), prepare });
    await supervisor.restart("web");
    expect(prepared).toBe(2);
  });
});

describe("the end of everything", () => {
  it("takes the last started first, and may be asked for twice", async () => {
    const dataDir = temporaryFolder();
    const supervisor = supervise(dataDir);
    const list = JSON.stringify(join(dataDir, "ends"));
    for (const name of ["store", "server", "edge"]) {
      const note = `require("node:fs").appendFileSync(${list}, "${name} ")`;
      const script = `process.on("SIGTERM", () => { ${note}; process.exit(0); })`;
      await supervisor.start(smallServer(name, { port: await freePort(), script }));
    }
    await supervisor.endAll();
    await supervisor.endAll();
    expect(readFileSync(join(dataDir, "ends"), "utf8")).toBe("edge server store ");
    expect(existsSync(join(dataDir, "run.json"))).toBe(false);
  });

  it("reaches a part whose start is under way, and lets none start later", async () => {
    const supervisor = supervise();
    const [early, late] = [await freePort(), await freePort()];
    const starting = supervisor.start({
      ...smallServer("early", { port: early }),
      isReady: async () => false,
    });
    const failed = expect(starting).rejects.toThrow(/^early ended while it started/);
    await eventually("early", () => isListening(early));
    await supervisor.endAll();
    await failed;
    expect(await isListening(early)).toBe(false);
    await expect(supervisor.start(smallServer("late", { port: late }))).rejects.toThrow(/^late was not/);
    expect(supervisor.pidOf("late")).toBe(null);
  });
});
