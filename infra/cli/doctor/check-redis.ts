import { Redis } from "ioredis";
import type { Config } from "../../runtime/config/config.ts";
import type { Check } from "./check.ts";

const WITHOUT = "rate limits are kept by each process alone and nothing is cached";
const TIMEOUT_MS = 2_000;

/** Optional: every use of Redis has a stated lesser way. */
export function createRedisCheck({ REDIS_URL: url }: Config): Check {
  return {
    name: "Redis",
    optional: true,
    fix: `Start Redis or correct REDIS_URL; meanwhile ${WITHOUT}.`,
    async run() {
      if (url === undefined)
        return { state: "degraded", version: null, detail: `It is not set up, so ${WITHOUT}.`, fix: null };
      const version = await readServerVersion(url);
      return { state: "ok", version, detail: "It answers.", fix: null };
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
  // The rejected connect says only "Connection is closed."; the event before it says why.
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
