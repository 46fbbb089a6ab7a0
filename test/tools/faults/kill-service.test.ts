import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { killService } from "./kill-service.ts";

function service() {
  const child = spawn(process.execPath, ["-e", "setInterval(() => 0, 1000)"], { stdio: "ignore" });
  return { child, pidOf: () => child.pid ?? null };
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

it("a kill counts when it ended a running process", async () => {
  const { child, pidOf } = service();
  expect(await killService({ pidOf, end: () => end(child) }, "worker")).toBe(1);
});

it("a kill does not count when the process had already ended or is still running", async () => {
  const { child, pidOf } = service();
  expect(await killService({ pidOf, end: async () => undefined }, "worker")).toBe(0);
  await end(child);
  expect(await killService({ pidOf, end: async () => undefined }, "worker")).toBe(0);
  expect(await killService({ pidOf: () => null, end: async () => undefined }, "worker")).toBe(0);
});
