import { connectRedis } from "../../../db/connection/redis.ts";
import { createNotify, type StreamSignal } from "../../../db/web/stream-signals.ts";
import type { Installation } from "../../support/open-installation.ts";

/** The notification that the channel sends after a write. */
export async function notifyStream(
  { config }: Pick<Installation, "config">,
  conversationId: string,
  signal: StreamSignal = "news",
): Promise<void> {
  const redis = connectRedis({ url: config.REDIS_URL ?? "", onError: () => undefined });
  await new Promise((resolve) => redis.once("ready", resolve));
  await createNotify(redis)(conversationId, signal);
  redis.disconnect();
}
