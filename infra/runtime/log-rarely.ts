import type { Log } from "./log.ts";

/** An outage fails thousands of calls for one cause. */
const PAUSE_MS = 30_000;

/**
 * Logs errors whose effect is already handled: the first one of each message at once, then one line in 30 s with the number of errors
 * since the last line.
 */
export function createLogRarely(log: Pick<Log, "warn">) {
  const lines = new Map<string, { at: number; count: number }>();
  return function logRarely(error: unknown, message: string): void {
    const line = lines.get(message) ?? { at: Number.NEGATIVE_INFINITY, count: 0 };
    line.count += 1;
    lines.set(message, line);
    if (performance.now() - line.at < PAUSE_MS) return;
    log.warn({ err: error, count: line.count }, message);
    lines.set(message, { at: performance.now(), count: 0 });
  };
}

export type LogRarely = ReturnType<typeof createLogRarely>;
