import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { createRunningSteps } from "../../../../infra/runtime/event-loop/running-steps.ts";
import { watchEventLoop } from "../../../../infra/runtime/event-loop/watch-event-loop.ts";

function watch(takeSteps?: () => string[]) {
  const warn = vi.fn<(details: { steps?: unknown }, message: string) => void>();
  onTestFinished(watchEventLoop({ log: { warn }, ...(takeSteps === undefined ? {} : { takeSteps }) }));
  return warn;
}

/** Also next to busy neighbours, which leave the thread a small part of the core, it uses some CPU time. */
function blockThread({ wallMs, cpuMs }: { wallMs: number; cpuMs: number }): void {
  const end = performance.now() + wallMs;
  const before = process.threadCpuUsage();
  while (performance.now() < end || process.threadCpuUsage(before).user < cpuMs * 1_000);
}

test("a stall of the event loop is logged with its duration, its CPU time and the step that ran", async () => {
  const running = createRunningSteps();
  const warn = watch(() => running.takeSteps());
  const { retrieve } = running.trackSteps({
    retrieve: async () => {
      await sleep(5);
      blockThread({ wallMs: 300, cpuMs: 50 });
    },
  });
  await sleep(40);
  await retrieve();
  const messages = () => warn.mock.calls.map(([{ steps }, message]) => ({ steps, message }));
  await expect.poll(messages).toContainEqual({ steps: ["retrieve"], message: "event_loop_stalled" });
  const stalls = warn.mock.calls.map(([details]) => details as { duration_ms: number; cpu_ms: number });
  expect(Math.max(...stalls.map(({ duration_ms }) => duration_ms))).toBeGreaterThanOrEqual(250);
  expect(Math.max(...stalls.map(({ cpu_ms }) => cpu_ms))).toBeGreaterThan(30);
});

test("a suspended thread is a stall with hardly any CPU time", async () => {
  const warn = watch();
  await sleep(40);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  await expect.poll(() => warn.mock.calls.length).toBeGreaterThan(0);
  const [details] = warn.mock.calls[0] ?? [];
  expect(details).toMatchObject({ steps: [] });
  expect((details as { cpu_ms: number }).cpu_ms).toBeLessThan(150);
});
