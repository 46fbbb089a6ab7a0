import { expect, it, onTestFinished } from "vitest";
import { watchSuspension } from "../../../../infra/runtime/event-loop/watch-suspension.ts";

const STOPPED_MS = 300;
const STEADY_MS = 400;

function openWatch() {
  const watch = watchSuspension({ stoppedMs: STOPPED_MS, steadyMs: STEADY_MS });
  onTestFinished(() => watch.stop());
  return watch;
}

/** Stops this thread, so that no timer runs before the code after it. */
function stopThread(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

it("code that continues right after a stop of its process waits, before any timer has run", async () => {
  const watch = openWatch();
  stopThread(STOPPED_MS * 2);
  let isSteady = false;
  const steady = watch.awaitSteady().then(() => (isSteady = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(isSteady).toBe(false);
  const resumedAt = performance.now();
  await steady;
  expect(performance.now() - resumedAt).toBeGreaterThan(STEADY_MS / 2);
});

it("a process that runs all the time does not wait", async () => {
  const watch = openWatch();
  let isSteady = false;
  void watch.awaitSteady().then(() => (isSteady = true));
  await Promise.resolve();
  await Promise.resolve();
  expect(isSteady).toBe(true);
});
