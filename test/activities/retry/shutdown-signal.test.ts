import { asyncLocalStorage, CancelledFailure, type Context } from "@temporalio/activity";
import { expect, it } from "vitest";
import { createShutdownSignal } from "../../../activities/retry/shutdown-signal.ts";

/** The signal of an activity that is cancelled before or after the signal is created. */
function signalOf(reason: string, { before }: { before: boolean }): AbortSignal {
  const cancellation = new AbortController();
  const context = { cancellationSignal: cancellation.signal } as unknown as Context;
  const cancel = () => cancellation.abort(new CancelledFailure(reason));
  if (before) cancel();
  const signal = asyncLocalStorage.run(context, createShutdownSignal);
  cancel();
  return signal;
}

it.each([true, false])("a shutdown of the worker aborts the send (cancelled before: %s)", (before) => {
  expect(signalOf("WORKER_SHUTDOWN", { before }).aborted).toBe(true);
});

it.each([
  ["a terminated workflow", "NOT_FOUND"],
  ["a timed-out attempt", "TIMED_OUT"],
  ["a cancelled workflow", "CANCELLED"],
])("%s does not abort the send", (_what, reason) => {
  expect(signalOf(reason, { before: false }).aborted).toBe(false);
  expect(signalOf(reason, { before: true }).aborted).toBe(false);
});
