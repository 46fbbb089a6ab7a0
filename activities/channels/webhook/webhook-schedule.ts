const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Standard Webhooks 1.0.0: waits between attempts, about 75.6 h in all. */
const SCHEDULE_MS = [
  0,
  5_000,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];
/** Jitter, so that many receivers that recover together are not called at the same time. */
const JITTER = 0.1;

/** Wait before attempt n (1-based) in ms, or null when there is no further one. `random` is in [0, 1). */
export function webhookDelayBeforeAttemptMs(attempt: number, random: () => number): number | null {
  const delay = SCHEDULE_MS[attempt - 1];
  return delay === undefined ? null : Math.round(delay * (1 + JITTER * random()));
}
