import { asyncLocalStorage, type Context, type Info } from "@temporalio/activity";

const SILENT = { error: () => undefined, warn: () => undefined, info: () => undefined };

/**
 * Runs one attempt at an activity without Temporal. `info` says which attempt it is and how long it may take; `cancellationSignal` is its
 * cancellation.
 */
export async function runActivity<T>(
  work: () => Promise<T>,
  info: Partial<Info> = {},
  cancellationSignal: AbortSignal = new AbortController().signal,
): Promise<T> {
  const context = {
    info: { isLocal: false, attempt: 1, ...info },
    cancellationSignal,
    heartbeat: () => undefined,
    log: SILENT,
    sleep: async (ms: number) =>
      await new Promise<void>((resolve) => {
        setTimeout(resolve, ms);
      }),
  };
  return await asyncLocalStorage.run(context as unknown as Context, work);
}
