import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { freePort, isListening } from "../../../../infra/sandbox/ports.ts";
import { identify, isAlive } from "../../../../infra/sandbox/processes/process-identity.ts";
import { openRunRecord } from "../../../../infra/sandbox/processes/run-record.ts";
import { UserError } from "../../../../infra/runtime/errors.ts";
import { eventually } from "../../../support/eventually.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const GONE = { pid: 1, start: "0" };

function startProcess(command: string, args: string[]) {
  const child = spawn(command, args, { stdio: "ignore", detached: true });
  onTestFinished(() => void child.kill("SIGKILL"));
  return identify(child.pid ?? 0);
}

function recordOf(folder: string, record: object): string {
  writeFileSync(join(folder, "run.json"), JSON.stringify(record));
  return folder;
}

describe("the record of a run", () => {
  it("names the launcher and every child with its start time, until it is closed", () => {
    const folder = temporaryFolder();
    const child = startProcess("sleep", ["60"]);
    const record = openRunRecord(folder, () => undefined);
    const read = () => JSON.parse(readFileSync(join(folder, "run.json"), "utf8")) as unknown;
    record.add("sleeper", child.pid);
    expect(read()).toEqual({ launcher: identify(process.pid), children: [{ name: "sleeper", ...child }] });
    record.remove(child.pid);
    expect(read()).toEqual({ launcher: identify(process.pid), children: [] });
    record.close();
    expect(existsSync(join(folder, "run.json"))).toBe(false);
  });

  it("refuses a second launcher with the number of the first and the way out, and leaves its record", () => {
    const first = startProcess("sleep", ["60"]);
    const folder = recordOf(temporaryFolder(), { launcher: first, children: [] });
    const open = () => openRunRecord(folder, () => undefined);
    expect(open).toThrow(UserError);
    expect(open).toThrow(new RegExp(`process ${first.pid}\\).*PARLEY_DATA_DIR`));
    expect(readFileSync(join(folder, "run.json"), "utf8")).toContain(String(first.pid));
  });

  it("ends and names what a dead launcher left, and returns when its port is free again", async () => {
    const port = await freePort();
    // Memory that takes the system a while to take back.
    const script = `globalThis.b = Buffer.alloc(4e8, 1); require("node:net").createServer().listen(${port}, "127.0.0.1")`;
    const leftover = startProcess(process.execPath, ["-e", script]);
    await eventually("a listener", () => isListening(port));
    const folder = recordOf(temporaryFolder(), {
      launcher: GONE,
      children: [{ name: "web", ...leftover }],
    });
    const named: string[] = [];
    openRunRecord(folder, (name) => named.push(name));
    expect(named).toEqual(["web"]);
    expect(isAlive(leftover)).toBe(false);
    expect(await isListening(port)).toBe(false);
  });

  it("leaves a stranger alone who has the number of an earlier child", () => {
    const stranger = startProcess("sleep", ["60"]);
    const children = [{ name: "web", pid: stranger.pid, start: "0" }];
    const folder = recordOf(temporaryFolder(), { launcher: GONE, children });
    const named: string[] = [];
    openRunRecord(folder, (name) => named.push(name));
    expect(named).toEqual([]);
    expect(isAlive(stranger)).toBe(true);
  });

  it("counts for nothing when it is cut off", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "run.json"), '{"launcher":{"pid":');
    expect(() => openRunRecord(folder, () => undefined).close()).not.toThrow();
  });
});
