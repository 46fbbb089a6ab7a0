import { Context } from "@temporalio/activity";

export interface Deadline {
  /** How long until Temporal ends this attempt, ms; Infinity without a limit. */
  leftMs(): number;
}

/** The time limit of one attempt at an activity. Create it first: the limit counts from the start of the attempt. */
export function createDeadline(): Deadline {
  const { startToCloseTimeoutMs, scheduleToCloseTimeoutMs, ...times } = Context.current().info;
  const startedAt = performance.now();
  // The times of a local activity are this host's, and the second one does not move with its attempts. Else both times are the server's,
  // so their difference does not depend on the clock of this host.
  const attemptAt = times.isLocal ? Date.now() : (times.currentAttemptScheduledTimestampMs ?? 0);
  const passedMs = Math.max(0, attemptAt - (times.scheduledTimestampMs ?? attemptAt));
  const limitMs = Math.min(
    startToCloseTimeoutMs || Infinity,
    scheduleToCloseTimeoutMs ? scheduleToCloseTimeoutMs - passedMs : Infinity,
  );
  return { leftMs: () => startedAt + limitMs - performance.now() };
}
