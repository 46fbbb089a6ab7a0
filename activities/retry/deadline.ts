import { Context } from "@temporalio/activity";

export interface Deadline {
  /** How long until Temporal ends this attempt, ms; Infinity without a limit. */
  leftMs(): number;
}

/** The time limit of one attempt at an activity. Create it first: the limit counts from the start of the attempt. */
export function createDeadline(): Deadline {
  const { startToCloseTimeoutMs, scheduleToCloseTimeoutMs, ...times } = Context.current().info;
  const startedAt = performance.now();
  // Both times are the server's, so their difference does not depend on the clock of this host.
  const passedMs = (times.currentAttemptScheduledTimestampMs ?? 0) - (times.scheduledTimestampMs ?? 0);
  const limitMs = Math.min(
    startToCloseTimeoutMs || Infinity,
    scheduleToCloseTimeoutMs ? scheduleToCloseTimeoutMs - passedMs : Infinity,
  );
  return { leftMs: () => startedAt + limitMs - performance.now() };
}
