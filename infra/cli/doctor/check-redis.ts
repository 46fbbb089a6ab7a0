import { Redis } from "ioredis";
import type { Config } from "../../runtime/config/config.ts";
import type { Check } from "./check.ts";

const WITHOUT = "each process has its own rate limits and nothing is cached";
const TIMEOUT_MS = 2_000;

/** Optional: Parley works without Redis, with less. */
export function createRedisCheck({ REDIS_URL: url }: Config): Check {
  return {
    name: "Redis",
    optional: true,
    fix: `Start Redis or correct REDIS_URL. Until then, ${WITHOUT}.`,
    async run() {
      if (url === undefined)
        return {
          state: "degraded",
          version: null,
          detail: `It is not configured, so ${WITHOUT}.`,
          fix: null,
        };
      const version = await readServerVersion(url);
      return { state: "ok", version, detail: "It responds.", fix: null };
    },
  };
}

async function readServerVersion(url: string): Promise<string | null> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: TIMEOUT_MS,
    commandTimeout: TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // The error of `connect` is only "Connection is closed." The event before it has the reason.
  let reason: Error | null = null;
  redis.on("error", (error) => {
    reason = error;
  });
  try {
    await redis.connect();
    const info = await redis.info("server");
    return /^(?:valkey|redis)_version:(\S+)/m.exec(info)?.[1] ?? null;
  } catch (error) {
    throw reason ?? error;
  } finally {
    redis.disconnect();
  }
}
