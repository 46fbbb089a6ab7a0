import { isTransientDbError } from "../../../db/connection/postgres.ts";
import type { StreamEvent } from "../../../db/web/stream.ts";
import type { StreamEnd } from "./open-streams.ts";
import type { WakeUp } from "./wake-up-signal.ts";

export interface Pace {
  /** A comment keeps proxies from closing a silent stream and reveals a lost connection. It also reads Postgres once. */
  heartbeatMs: number;
  /** How often Postgres is read while there are no notifications. */
  pollMs: number;
}

export const PACE: Pace = { heartbeatMs: 15_000, pollMs: 1_000 };

export interface LiveStreamOptions {
  /** The next events after a number, oldest first, a few at a time; an empty list when there are none. */
  read(after: number): Promise<StreamEvent[]>;
  /** True while Redis delivers notifications. */
  isNotified(): boolean;
  wakeUp: WakeUp;
  after: number;
  expiresAt: Date;
  pace: Pace;
}

/** A browser reconnects after this time. */
const RETRY_MS = 2_000;

/**
 * The lines of a server-sent event stream. The reader decides the pace: Postgres is read only after the previous lines have been
 * sent, so a slow reader costs one small batch of memory.
 */
export async function* liveStream(options: LiveStreamOptions): AsyncGenerator<string, void, void> {
  const { wakeUp, expiresAt, pace } = options;
  let lastSeq = options.after;
  let heartbeatAt = Date.now() + pace.heartbeatMs;
  let isReady = false;
  yield `retry: ${RETRY_MS}\n\n`;
  for (;;) {
    const signals = wakeUp.take();
    if (signals.end === "gone") return;
    if (signals.typing) yield formatFrame("typing", {});
    const events = await readOrEmpty(options, lastSeq);
    for (const event of events) {
      yield formatEvent(event);
      lastSeq = event.seq;
    }
    const end = findEndReason(signals.end, expiresAt);
    if (end !== null) {
      yield formatFrame("end", { reason: end });
      return;
    }
    if (events.length > 0) continue;
    if (!isReady) yield formatFrame("ready", {});
    isReady = true;
    if (Date.now() >= heartbeatAt) {
      yield ": still here\n\n";
      heartbeatAt = Date.now() + pace.heartbeatMs;
    }
    await wakeUp.wait(Math.min(heartbeatAt, expiresAt.getTime(), nextPollAt(options)) - Date.now());
  }
}

/** A transient error of Postgres must not end the stream. */
async function readOrEmpty({ read }: LiveStreamOptions, after: number): Promise<StreamEvent[]> {
  try {
    return await read(after);
  } catch (error) {
    if (!isTransientDbError(error)) throw error;
    return [];
  }
}

function nextPollAt({ isNotified, pace }: LiveStreamOptions): number {
  return isNotified() ? Infinity : Date.now() + pace.pollMs;
}

function findEndReason(asked: StreamEnd | null, expiresAt: Date): StreamEnd | null {
  if (asked !== null) return asked;
  return expiresAt.getTime() <= Date.now() ? "expired" : null;
}

function formatEvent({ seq, kind, ...data }: StreamEvent): string {
  return `id: ${seq}\n${formatFrame(kind, data)}`;
}

/** JSON escapes line breaks, so one `data` line is enough. */
function formatFrame(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
