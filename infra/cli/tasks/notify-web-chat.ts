import { once } from "node:events";
import { connectRedis } from "../../../db/connection/redis.ts";
import { createNotify } from "../../../db/web/stream-signals.ts";
import type { Config } from "../../runtime/config/config.ts";

const CONNECT_TIMEOUT_MS = 500;

/** Open pages show at once that an agent has come or gone. Without Redis they poll Postgres and show it later. */
export async function notifyWebChat(config: Config, conversationId: string): Promise<void> {
  if (config.REDIS_URL === undefined) return;
  const redis = connectRedis({ url: config.REDIS_URL, onError: () => undefined });
  try {
    await once(redis, "ready", { signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) });
    await createNotify(redis)(conversationId, "news");
  } catch {
    // Not logged: open pages poll by themselves, so a lost notification only costs time.
  } finally {
    redis.disconnect();
  }
}
