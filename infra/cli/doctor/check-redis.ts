import { once } from "node:events";
import { randomUUID } from "node:crypto";
import { connectRedis, type ParleyRedis } from "../../../db/connection/redis.ts";
import { createNotify } from "../../../db/web/stream-signals.ts";
import type { Config } from "../../runtime/config/config.ts";
import { codeOf, listCauses } from "../../runtime/faults/fault.ts";
import { classifyRedisFault } from "../../runtime/faults/redis-faults.ts";
import { retryTransient } from "../../runtime/retry-transient.ts";
import { CALLS_SHARE, type Check, reportOk } from "./check.ts";

const WITHOUT = "each process has its own rate limits and nothing is cached";
/** The client connects again by itself, and waits 150 ms for a command, which a busy host exceeds now and then. */
const READY_MS = 500;
const RETRY_MS = 100;
const KEY_LIVES_MS = 10_000;

/** Makes every kind of call of the product with its client: the script, a write, a read and a notification. Parley works without Redis, with less. */
export function createRedisCheck({ REDIS_URL: url }: Config): Check {
  return {
    name: "Redis",
    service: "redis",
    optional: true,
    fix: `Start Redis or correct REDIS_URL. Until then, ${WITHOUT}.`,
    async run(_signal, limitMs) {
      if (url === undefined) return reportOk(`It is not configured, so ${WITHOUT}.`, { state: "degraded" });
      const version = await runCalls(url, limitMs);
      return reportOk("Scripts, keys and notifications work.", { version });
    },
  };
}

async function runCalls(url: string, limitMs: number): Promise<string | null> {
  // The error of a command is only that there is no connection. The event before it has the reason.
  let reason: unknown = null;
  const noteReason = (error: unknown) => {
    if (reason === null || isWrong(error)) reason = error;
  };
  const redis = connectRedis({
    url,
    onError(error) {
      if (!isWrong(reason)) reason = error;
    },
  });
  const endsAt = performance.now() + limitMs * CALLS_SHARE;
  const isTransient = (error: unknown) => {
    noteReason(error);
    return !isWrong(reason) && !isRefused(reason) && performance.now() < endsAt;
  };
  try {
    const policy = { isTransient, waitsMs: [RETRY_MS], maxRetries: Infinity };
    return await retryTransient(policy, async () => {
      if (redis.status !== "ready") await once(redis, "ready", { signal: AbortSignal.timeout(READY_MS) });
      await useKeys(redis);
      const errors: unknown[] = [];
      await createNotify(redis, (error) => errors.push(error))(randomUUID(), "news");
      if (errors.length > 0) throw errors[0];
      return await readServerVersion(redis);
    });
  } catch (error) {
    noteReason(error);
    throw reason;
  } finally {
    redis.disconnect();
  }
}

/** No server is there, so a second attempt makes no sense. */
function isRefused(error: unknown): boolean {
  return listCauses(error).some((cause) => codeOf(cause) === "ECONNREFUSED");
}

function isWrong(error: unknown): boolean {
  return error !== null && classifyRedisFault(error).kind === "configuration";
}

/** The limits of a turn have two keys in one slot. The bucket is full, so the script changes no limit. */
async function useKeys(redis: ParleyRedis): Promise<void> {
  const slot = `{rate:doctor:${randomUUID()}}`;
  await redis.takeTokens(2, `${slot}:conversation`, `${slot}:tenant`, 1, 1, 1, 1);
  const key = `answer:${slot}`;
  await redis.set(key, Buffer.from("works"), "PX", KEY_LIVES_MS);
  await redis.getBuffer(key);
}

/** Null where the user may not ask for it. */
async function readServerVersion(redis: ParleyRedis): Promise<string | null> {
  // Not logged: the version is only shown.
  const info = await redis.call("INFO", "server").catch(() => "");
  return /^(?:valkey|redis)_version:(\S+)/m.exec(String(info))?.[1] ?? null;
}
