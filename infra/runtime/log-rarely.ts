/** An outage fails thousands of calls for one cause. */
const PAUSE_MS = 30_000;

/**
 * Logs errors whose effect is already handled: the first one of each message at once, then one line in 30 s with the number of errors
 * since the last line. `details` are more fields of that line.
 */
export function createLogRarely<Level extends "warn" | "error">(
  log: Record<Level, (details: object, message: string) => void>,
  level: Level,
) {
  const lines = new Map<string, { at: number; count: number }>();
  return function logRarely(error: unknown, message: string, details: object = {}): void {
    const line = lines.get(message) ?? { at: Number.NEGATIVE_INFINITY, count: 0 };
    line.count += 1;
    lines.set(message, line);
    if (performance.now() - line.at < PAUSE_MS) return;
    log[level]({ err: error, count: line.count, ...details }, message);
    lines.set(message, { at: performance.now(), count: 0 });
  };
}

export type LogRarely = ReturnType<typeof createLogRarely>;
