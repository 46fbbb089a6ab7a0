import { inspectRedis } from "../../../db/health/inspect-redis.ts";
import type { Config } from "../../runtime/config/config.ts";
import type { Check } from "./check.ts";

const WITHOUT = "each process has its own rate limits and nothing is cached";
/** Two of these fit into the time limit of a check. */
const TIMEOUT_MS = 1_400;

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
      const { version, problem } = await inspectRedis(url, TIMEOUT_MS);
      if (problem !== null) return { state: "missing", version, ...problem };
      return { state: "ok", version, detail: "It responds and takes tokens.", fix: null };
    },
  };
}
