import { CancelledFailure, Context } from "@temporalio/activity";

/**
 * Aborts when the worker shuts down, and for no other reason. The signal of the context also aborts after a termination of the
 * workflow and after a heartbeat timeout. A send that is under way then must go on: an aborted send has an unknown outcome.
 */
export function createShutdownSignal(): AbortSignal {
  const { cancellationSignal } = Context.current();
  const controller = new AbortController();
  const forward = () => {
    const reason: unknown = cancellationSignal.reason;
    if (reason instanceof CancelledFailure && reason.message === "WORKER_SHUTDOWN") controller.abort(reason);
  };
  if (cancellationSignal.aborted) forward();
  else cancellationSignal.addEventListener("abort", forward, { once: true });
  return controller.signal;
}
