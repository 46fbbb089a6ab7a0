const MINUTE = 60_000;
/** A chat reply that is four hours late has no value: 222 minutes in all, most of them in the last three waits. */
const SCHEDULE_MS = [
  0,
  2_000,
  10_000,
  30_000,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  60 * MINUTE,
  120 * MINUTE,
];

/** Wait before attempt n (1-based) in ms, or null when there is no further one. */
export function chatDelayBeforeAttemptMs(attempt: number): number | null {
  return SCHEDULE_MS[attempt - 1] ?? null;
}
