import { readFileSync } from "node:fs";
import { Redis } from "ioredis";

const TAKE_TOKENS = readFileSync(new URL("./take-tokens.lua", import.meta.url), "utf8");

export interface ParleyRedis extends Redis {
  /** See `take-tokens.lua`. */
  takeTokens(
    numberOfKeys: number,
    ...keysAndArguments: (string | number)[]
  ): Promise<[waitMs: number, left: number]>;
}

/**
 * An acknowledgement may wait for Redis and has 250 ms in all. A healthy Redis responds within one. A shorter limit would
 * count the CPU delays of our own process as an outage.
 */
const COMMAND_TIMEOUT_MS = 150;

/**
 * A dead Redis must fail at once, because every use has a degraded mode: no offline queue, one attempt per command, a short
 * wait. A connection that stays silent is dropped too, so that only the first command waits for it. Errors go to `onError`;
 * ioredis reconnects by itself.
 */
export function connectRedis({ url, onError }: { url: string; onError(error: Error): void }): ParleyRedis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_TIMEOUT_MS,
    socketTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: 1_000,
    retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, 2_000),
  });
  redis.defineCommand("takeTokens", { lua: TAKE_TOKENS });
  redis.on("error", onError);
  return redis as ParleyRedis;
}
