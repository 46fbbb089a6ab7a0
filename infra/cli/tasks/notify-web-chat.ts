import { once } from "node:events";
import { connectRedis } from "../../../db/connection/redis.ts";
import { createNotify } from "../../../db/web/stream-signals.ts";
import type { Config } from "../../runtime/config/config.ts";

const CONNECT_TIMEOUT_MS = 500;

/** Whoever has the chat open sees at once that a person has come or gone; where Redis is away the page looks by itself a moment later. */
export async function notifyWebChat(config: Config, conversationId: string): Promise<void> {
  if (config.REDIS_URL === undefined) return;
  const redis = connectRedis({ url: config.REDIS_URL, onError: () => undefined });
  try {
    await once(redis, "ready", { signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) });
    await createNotify(redis)(conversationId, "news");
  } catch {
    // Nobody waits for a knock.
  } finally {
    redis.disconnect();
  }
}
