import { readEvents, type ServerEvent } from "./event-stream.ts";
import { HttpError } from "./http.ts";
import { backoffMs, type Pauses } from "./pauses.ts";
import type { Session } from "./session.ts";

export interface StreamOptions {
  session: Session;
  pauses: Pauses;
  onEvent(event: ServerEvent): void;
  /** `unavailable` is final: the server rejects this page. */
  onState(state: "connected" | "offline" | "unavailable"): void;
}

/** More than two heartbeats of the server (15 s): the connection is dead even if the browser does not report it. */
const SILENCE_MS = 40_000;

/** Reads the live stream of the conversation and reconnects after every end, from the last event that it has seen. */
export function createStream({ session, pauses, onEvent, onState }: StreamOptions) {
  let lastSeq = 0;
  let failures = 0;
  let isListening = false;

  /** Returns the server's reason for the end, or null if the connection broke. */
  async function readOnce(): Promise<string | null> {
    const dead = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onData = () => {
      clearTimeout(timer);
      timer = setTimeout(() => dead.abort(), SILENCE_MS);
    };
    try {
      onData();
      const headers: Record<string, string> = lastSeq > 0 ? { "last-event-id": String(lastSeq) } : {};
      const { body } = await session.call("stream", { headers, signal: dead.signal });
      failures = 0;
      onState("connected");
      if (body === null) return null;
      for await (const event of readEvents(body, onData)) {
        if (event.name === "end") return (event.data as { reason: string }).reason;
        onEvent(event);
        lastSeq = Math.max(lastSeq, event.seq);
      }
      return null;
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    /** Returns only if the server rejects this page. A second call has no effect. */
    async listen(): Promise<void> {
      if (isListening) return;
      isListening = true;
      for (;;) {
        try {
          const reason = await readOnce();
          if (reason === "expired") session.end();
          // The visitor has too many pages open; this one connects again when it is visible.
          if (reason === "replaced") await pauses.pause(Infinity);
        } catch (error) {
          if (error instanceof HttpError && !error.isTransient && error.status !== 401) {
            onState("unavailable");
            return;
          }
          // The first failure is often only a restart of the server.
          if (failures > 0) onState("offline");
        }
        await pauses.pause(backoffMs(failures++));
      }
    },
  };
}
