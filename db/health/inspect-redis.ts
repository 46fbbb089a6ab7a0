import { Redis } from "ioredis";
import type { RedisAddress } from "../../infra/runtime/servers/redis-url.ts";
import { parseRedis, toOptions } from "../connection/redis.ts";

export interface RedisInspection {
  version: string | null;
  /** Null where the server is of the kind that REDIS_URL names. */
  problem: { detail: string; fix: string } | null;
}

const TIMEOUT_MS = 2_000;

/** Asks the server of which kind it is. Throws where the server is unavailable or refuses the connection. */
export async function inspectRedis(url: string, timeoutMs = TIMEOUT_MS): Promise<RedisInspection> {
  const address = parseRedis(url);
  const { mode, role, version } = await sayHello(address, timeoutMs);
  return { version, problem: findProblem(address, { mode, role }) };
}

function findProblem(
  { topology }: RedisAddress,
  { mode, role }: { mode: string; role: string },
): RedisInspection["problem"] {
  if (mode === "sentinel")
    return {
      detail: "It leads to a Sentinel, which stores nothing.",
      fix: "Write it as redis+sentinel://host:26379/NAME, with the name of the server that the Sentinel watches.",
    };
  if (mode === "cluster" && topology !== "cluster")
    return {
      detail: "It leads to a node of a Redis Cluster, which has only a part of the keys.",
      fix: "Write it as redis+cluster://host:6379,host:6379 (or rediss+cluster).",
    };
  if (mode !== "cluster" && topology === "cluster")
    return { detail: "It leads to a server that is not in a cluster.", fix: "Write it without +cluster." };
  if (role === "slave" || role === "replica")
    if (topology === "single")
      return {
        detail: "It leads to a replica, which takes no writes.",
        fix: "Set it to the primary server.",
      };
  return null;
}

/** HELLO needs no permission of an ACL. */
async function sayHello(
  address: RedisAddress,
  timeoutMs: number,
): Promise<{ mode: string; role: string; version: string | null }> {
  const redis = new Redis({
    ...toOptions(address),
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // The first node of a cluster answers for all.
    ...(address.topology === "cluster" ? { ...address.hosts[0] } : {}),
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
    enableReadyCheck: false,
  });
  // The error of `connect` is only "Connection is closed." The event before it has the reason.
  let reason: Error | null = null;
  redis.on("error", (error) => {
    reason = error;
  });
  try {
    await redis.connect();
    const fields = (await redis.call("HELLO")) as unknown[];
    const read = (name: string) => {
      const value = fields[fields.indexOf(name) + 1];
      return fields.includes(name) && typeof value === "string" ? value : "";
    };
    return { mode: read("mode"), role: read("role"), version: read("version") || null };
  } catch (error) {
    throw reason ?? error;
  } finally {
    redis.disconnect();
  }
}
