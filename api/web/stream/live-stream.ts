import { isTransientDbError } from "../../../db/connection/postgres.ts";
import type { StreamEvent } from "../../../db/web/stream.ts";
import type { StreamEnd } from "./open-streams.ts";
import type { WakeUp } from "./wake-up-signal.ts";

export interface Pace {
  /** A comment keeps proxies from closing what is silent, and shows us who is gone. Every one is also a look of its own. */
  heartbeatMs: number;
  /** How often to look while nobody knocks. */
  pollMs: number;
}

export const PACE: Pace = { heartbeatMs: 15_000, pollMs: 1_000 };

export interface LiveStreamOptions {
  /** The next events after a number, oldest first, a few at a time; an empty list when there are none. */
  read(after: number): Promise<StreamEvent[]>;
  /** True while news rings the bell by itself. */
  isNotified(): boolean;
  wakeUp: WakeUp;
  after: number;
  expiresAt: Date;
  pace: Pace;
}

/** A page whose stream broke comes back after so long. */
const RETRY_MS = 2_000;

/**
 * The lines of a server-sent event stream. Whoever pulls decides the pace: nothing is read from Postgres before the lines that are
 * here already have gone out, so a slow reader holds one small batch and no more.
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
    if (signals.typing) yield frame("typing", {});
    const events = await readOrEmpty(options, lastSeq);
    for (const event of events) {
      yield eventFrame(event);
      lastSeq = event.seq;
    }
    const end = endReason(signals.end, expiresAt);
    if (end !== null) {
      yield frame("end", { reason: end });
      return;
    }
    if (events.length > 0) continue;
    if (!isReady) yield frame("ready", {});
    isReady = true;
    if (Date.now() >= heartbeatAt) {
      yield ": still here\n\n";
      heartbeatAt = Date.now() + pace.heartbeatMs;
    }
    await wakeUp.wait(Math.min(heartbeatAt, expiresAt.getTime(), nextPollAt(options)) - Date.now());
  }
}

/** A store that is away for a moment is no reason to drop the line. */
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

function endReason(asked: StreamEnd | null, expiresAt: Date): StreamEnd | null {
  if (asked !== null) return asked;
  return expiresAt.getTime() <= Date.now() ? "expired" : null;
}

function eventFrame({ seq, kind, ...data }: StreamEvent): string {
  return `id: ${seq}\n${frame(kind, data)}`;
}

/** JSON has no line break that is not escaped, so one `data` line holds it. */
function frame(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
