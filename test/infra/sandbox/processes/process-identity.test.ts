import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { identify, isAlive, signalProcess } from "../../../../infra/sandbox/processes/process-identity.ts";
import { eventually } from "../../../support/eventually.ts";

const sleeper = () => spawn("sleep", ["60"], { stdio: "ignore", detached: true });

describe("a process's identity", () => {
  it("is alive from its start to its end", async () => {
    const child = sleeper();
    const identity = identify(child.pid ?? 0);
    expect(isAlive(identity)).toBe(true);
    signalProcess(identity, "SIGTERM");
    await once(child, "exit");
    expect(isAlive(identity)).toBe(false);
  });

  it("is not that of a later process with the same number, which no signal reaches", async () => {
    const child = sleeper();
    const earlier = { pid: child.pid ?? 0, start: "1" };
    expect(isAlive(earlier)).toBe(false);
    signalProcess(earlier, "SIGKILL");
    const neverSeen = { pid: child.pid ?? 0, start: "" };
    expect(isAlive(neverSeen)).toBe(process.platform !== "linux");
    if (process.platform === "linux") signalProcess(neverSeen, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([child.exitCode, child.signalCode]).toEqual([null, null]);
    child.kill();
  });

  it("ends with the process, also if no process waits for it", async () => {
    // The shell becomes `sleep`, which never asks how its child ended.
    const parent = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 60"]);
    const [line] = (await once(createInterface({ input: parent.stdout }), "line")) as [string];
    const zombie = identify(Number(line));
    await eventually("the end", async () => !isAlive(zombie));
    parent.kill();
  });

  it("reaches what the process started in its own group", async () => {
    const parent = spawn("sh", ["-c", "sleep 60 & echo $!; wait"], { detached: true });
    const [line] = (await once(createInterface({ input: parent.stdout }), "line")) as [string];
    const grandchild = identify(Number(line));
    signalProcess(identify(parent.pid ?? 0), "SIGKILL");
    await eventually("the end of the grandchild", async () => !isAlive(grandchild));
  });
});
