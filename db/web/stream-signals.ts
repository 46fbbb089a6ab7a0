import type { Redis } from "ioredis";
import type { ParleyRedis } from "../connection/redis.ts";

/**
 * A knock on the door of whoever shows a conversation: there is something new in Postgres, or an answer is being written. It says no
 * more than that, so Redis holds nothing of what was said; a knock that nobody hears costs a moment, since streams also look by themselves.
 */
export type StreamSignal = "news" | "typing";

export type Notify = (conversationId: string, signal: StreamSignal) => Promise<void>;

const PREFIX = "parley:web:";

export function createNotify(redis: ParleyRedis | null): Notify {
  return async (conversationId, signal) => {
    // Away: the streams are looking into Postgres by themselves then.
    await redis?.publish(PREFIX + conversationId, signal).catch(() => undefined);
  };
}

/** After an outage everybody reconnects at their own pace, within 2 s: a knock of somebody who is not back yet is not heard. */
const SETTLE_MS = 5_000;

type Listener = (signal: StreamSignal) => void;

/** Hears the knocks for all streams of a process, over one connection of its own. */
export function createSignalHub(redis: ParleyRedis | null) {
  const listeners = new Map<string, Set<Listener>>();
  const subscribed = new Set<string>();
  let settledAt = 0;
  // Subscribing again is done here, because a stream may open while Redis is away.
  const connection: Redis | undefined = redis?.duplicate({ autoResubscribe: false, commandTimeout: 2_000 });
  connection?.on("error", () => undefined);
  connection?.on("close", () => {
    subscribed.clear();
    // Whoever counts on knocks looks now, and then by themselves.
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
      return;
    }
    if (!listeners.has(conversationId)) return;
    subscribed.add(conversationId);
    // What was said before the subscription stood was not heard.
    notifyListeners(conversationId, "news");
  }

  function removeListener(conversationId: string, listener: Listener): void {
    const rest = listeners.get(conversationId);
    rest?.delete(listener);
    if (rest === undefined || rest.size > 0) return;
    listeners.delete(conversationId);
    subscribed.delete(conversationId);
    void connection?.unsubscribe(PREFIX + conversationId).catch(() => undefined);
  }

  return {
    /** Returns how to stop listening. */
    listen(conversationId: string, listener: Listener): () => void {
      const known = listeners.get(conversationId);
      listeners.set(conversationId, (known ?? new Set()).add(listener));
      if (known === undefined && connection?.status === "ready") void subscribe(conversationId);
      return () => removeListener(conversationId, listener);
    },
    /** False while knocks for this conversation would not be heard here. */
    isSubscribed: (conversationId: string): boolean =>
      subscribed.has(conversationId) && Date.now() >= settledAt,
    close(): void {
      connection?.disconnect();
    },
  };
}

export type SignalHub = ReturnType<typeof createSignalHub>;
