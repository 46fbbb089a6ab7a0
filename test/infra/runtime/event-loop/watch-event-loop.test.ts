import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { createRunningSteps } from "../../../../infra/runtime/event-loop/running-steps.ts";
import { watchEventLoop } from "../../../../infra/runtime/event-loop/watch-event-loop.ts";

function watch(takeSteps?: () => string[]) {
  const warn = vi.fn<(details: object, message: string) => void>();
  onTestFinished(watchEventLoop({ log: { warn }, ...(takeSteps === undefined ? {} : { takeSteps }) }));
  return warn;
}

function blockThread(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test("a stall of the event loop is logged with its duration, its CPU time and the step that ran", async () => {
  const running = createRunningSteps();
  const warn = watch(() => running.takeSteps());
  const { retrieve } = running.trackSteps({
    retrieve: async () => {
      await sleep(5);
      blockThread(300);
    },
  });
  await sleep(40);
  await retrieve();
  await vi.waitFor(() =>
    expect(warn).toHaveBeenCalledWith(expect.objectContaining({ steps: ["retrieve"] }), "event_loop_stalled"),
  );
  const stalls = warn.mock.calls.map(([details]) => details as { duration_ms: number; cpu_ms: number });
  expect(Math.max(...stalls.map(({ duration_ms }) => duration_ms))).toBeGreaterThanOrEqual(250);
  // Next to busy neighbours the thread gets a part of the core only.
  expect(Math.max(...stalls.map(({ cpu_ms }) => cpu_ms))).toBeGreaterThan(30);
});

test("a suspended thread is a stall with hardly any CPU time", async () => {
  const warn = watch();
  await sleep(40);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  await vi.waitFor(() => expect(warn).toHaveBeenCalled());
  const [details] = warn.mock.calls[0] ?? [];
  expect(details).toMatchObject({ steps: [] });
  expect((details as { cpu_ms: number }).cpu_ms).toBeLessThan(150);
});
