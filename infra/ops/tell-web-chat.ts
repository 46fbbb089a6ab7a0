import { once } from "node:events";
import { connectRedis } from "../../db/redis.ts";
import { createNotify } from "../../db/stream-signals.ts";
import type { Config } from "../runtime/config.ts";

const PATIENCE_MS = 500;

/** Whoever has the chat open sees at once that a person has come or gone; where Redis is away the page looks by itself a moment later. */
export async function tellWebChat(config: Config, conversationId: string): Promise<void> {
  if (config.REDIS_URL === undefined) return;
  const redis = connectRedis({ url: config.REDIS_URL, onError: () => undefined });
  try {
    await once(redis, "ready", { signal: AbortSignal.timeout(PATIENCE_MS) });
    await createNotify(redis)(conversationId, "news");
  } catch {
    // Nobody waits for a knock.
  } finally {
    redis.disconnect();
  }
}
