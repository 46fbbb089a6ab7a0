import type { Log } from "../runtime/log.ts";

export interface Stoppable {
  stop(): Promise<void>;
  /** Rejects when the process cannot go on. */
  finished?: Promise<void>;
}

/**
 * Keeps a server up until SIGTERM or SIGINT, then ends its parts one after the other in the given order: the edge first, so that
 * nothing new comes in while what was begun is finished. A second signal, or the end of the grace time, ends it at once.
 */
export async function runUntilSignal(
  stoppables: readonly Stoppable[],
  { graceMs, log }: { graceMs: number; log: Log },
): Promise<void> {
  const failure = await Promise.race([
    nextSignal(),
    ...stoppables.flatMap((stoppable) => (stoppable.finished ? [waitForCrash(stoppable.finished)] : [])),
  ]);
  if (failure !== null) log.fatal({ err: failure }, "a service ended by itself");
  log.info("draining");
  const late = setTimeout(() => {
    log.error("the grace time is over; ending now");
    process.exit(1);
  }, graceMs);
  void nextSignal().then(() => process.exit(1));
  for (const stoppable of stoppables) await stoppable.stop();
  clearTimeout(late);
  log.info("ended in order");
  process.exit(failure === null ? 0 : 1);
}

function nextSignal(): Promise<null> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve(null));
  });
}

function waitForCrash(finished: Promise<void>): Promise<Error> {
  return finished.then(
    () => new Error("a worker ended without being told to"),
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );
}
