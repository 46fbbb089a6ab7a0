import type { Log } from "../runtime/log.ts";
import { watchEventLoop } from "../runtime/event-loop/watch-event-loop.ts";
import { awaitFirstSignal } from "./first-signal.ts";
import { STOPPED_MESSAGE } from "../runtime/log-messages.ts";

export interface Stoppable {
  stop(): Promise<void>;
  /** Rejects when the service has failed. */
  finished?: Promise<void>;
  /** The steps that ran since the last call. */
  takeSteps?: () => readonly string[];
}

/**
 * Runs a server until SIGTERM or SIGINT, then stops its services one by one in the given order: the ingress first, so that no new work
 * arrives while the rest finishes. A later signal, or the end of the grace time, ends the process at once. An error that no code handles ends
 * the process in the same order, with exit code 1: its state is unknown, but work under way must not be cut off.
 */
export async function runUntilSignal(
  stoppables: readonly Stoppable[],
  { graceMs, log }: { graceMs: number; log: Log },
): Promise<void> {
  watchEventLoop({ log, takeSteps: () => stoppables.flatMap((stoppable) => stoppable.takeSteps?.() ?? []) });
  let isEnding = false;
  const crashes = stoppables.flatMap(({ finished }) =>
    finished === undefined ? [] : [waitForCrash(finished, { log, isEnding: () => isEnding })],
  );
  const failure = await Promise.race([
    awaitFirstSignal().then(() => null),
    nextUnhandledError(log),
    ...crashes,
  ]);
  isEnding = true;
  log.info("draining");
  const late = setTimeout(() => {
    log.error("the grace time is over, the process ends now");
    process.exit(1);
  }, graceMs);
  for (const stoppable of stoppables) await stoppable.stop();
  clearTimeout(late);
  log.info(STOPPED_MESSAGE);
  process.exit(failure === null ? 0 : 1);
}

/** Also of a promise without a handler. Further ones, while the process ends, are only logged. */
function nextUnhandledError(log: Log): Promise<Error> {
  return new Promise((resolve) => {
    process.on("uncaughtException", (thrown: unknown, origin) => {
      const err = toError(thrown);
      log.fatal({ err, origin }, "an error was not handled, the process ends");
      resolve(err);
    });
  });
}

/** Null if the service has ended because it was stopped. */
async function waitForCrash(
  finished: Promise<void>,
  { log, isEnding }: { log: Log; isEnding: () => boolean },
): Promise<Error | null> {
  const err = await finished.then(
    () => (isEnding() ? null : new Error("a worker ended unexpectedly")),
    toError,
  );
  if (err !== null) log.fatal({ err }, "a service ended unexpectedly");
  return err;
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
