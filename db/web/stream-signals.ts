import type { Redis } from "ioredis";
import type { ParleyRedis } from "../connection/redis.ts";
import type { ReportError } from "../connection/token-buckets.ts";

/**
 * Wake-ups for open streams of a conversation: there is something new in Postgres, or a reply is being written. They carry
 * nothing else, so Redis has no texts. A lost wake-up only delays the client, because streams also poll.
 */
export type StreamSignal = "news" | "typing";

export type Notify = (conversationId: string, signal: StreamSignal) => Promise<void>;

const PREFIX = "parley:web:";

export function createNotify(redis: ParleyRedis | null, onError: ReportError = () => undefined): Notify {
  return async (conversationId, signal) => {
    // Without the wake-up the streams poll Postgres.
    await redis?.publish(PREFIX + conversationId, signal).catch((error: unknown) => {
      onError(error, "a wake-up of web chat was lost");
    });
  };
}

/** After an outage each process reconnects within 2 s, at a random time. It misses the wake-ups until then. */
const SETTLE_MS = 5_000;

type Listener = (signal: StreamSignal) => void;

/** Receives the wake-ups for all streams of a process over one connection. */
export function createSignalHub(redis: ParleyRedis | null) {
  const listeners = new Map<string, Set<Listener>>();
  const subscribed = new Set<string>();
  let settledAt = 0;
  // The subscription is repeated here, because a stream may open while Redis is unavailable.
  const connection: Redis | undefined = redis?.openSubscriber();
  connection?.on("error", () => undefined);
  connection?.on("close", () => {
    subscribed.clear();
    // Streams that rely on wake-ups read now, and poll after that.
    for (const conversationId of listeners.keys()) notifyListeners(conversationId, "news");
  });
  connection?.on("ready", () => {
    settledAt = Date.now() + SETTLE_MS;
    for (const conversationId of listeners.keys()) void subscribe(conversationId);
  });
  connection?.on("message", (channel: string, signal: string) => {
    notifyListeners(channel.slice(PREFIX.length), signal === "typing" ? "typing" : "news");
  });

  function notifyListeners(conversationId: string, signal: StreamSignal): void {
    for (const listener of listeners.get(conversationId) ?? []) listener(signal);
  }

  async function subscribe(conversationId: string): Promise<void> {
    try {
      await connection?.subscribe(PREFIX + conversationId);
    } catch {
      // Not logged: `isSubscribed` stays false, so the stream polls; the connection reports its own errors.
      return;
    }
    if (!listeners.has(conversationId)) return;
    subscribed.add(conversationId);
    // Wake-ups before the subscription were lost.
    notifyListeners(conversationId, "news");
  }

  function removeListener(conversationId: string, listener: Listener): void {
    const rest = listeners.get(conversationId);
    rest?.delete(listener);
    if (rest === undefined || rest.size > 0) return;
    listeners.delete(conversationId);
    subscribed.delete(conversationId);
    // Not logged: the wake-ups of a conversation without listeners are ignored.
    void connection?.unsubscribe(PREFIX + conversationId).catch(() => undefined);
  }

  return {
    /** Returns the function that stops it. */
    listen(conversationId: string, listener: Listener): () => void {
      const known = listeners.get(conversationId);
      listeners.set(conversationId, (known ?? new Set()).add(listener));
      if (known === undefined && connection?.status === "ready") void subscribe(conversationId);
      return () => removeListener(conversationId, listener);
    },
    /** False while wake-ups for this conversation would be lost. */
    isSubscribed: (conversationId: string): boolean =>
      subscribed.has(conversationId) && Date.now() >= settledAt,
    close(): void {
      connection?.disconnect();
    },
  };
}

export type SignalHub = ReturnType<typeof createSignalHub>;
