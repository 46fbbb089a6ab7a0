import type { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";
import { Cluster, Redis, type RedisOptions } from "ioredis";
import {
  parseRedisUrl,
  type RedisAddress,
  toRedisTlsOptions,
} from "../../infra/runtime/servers/redis-url.ts";
import { isSocket } from "../../infra/runtime/servers/server-hosts.ts";

const TAKE_TOKENS = readFileSync(new URL("./take-tokens.lua", import.meta.url), "utf8");

/** The commands that Parley uses: they are the same for one server and for a cluster. */
type Commands = Pick<
  Redis,
  "set" | "get" | "getBuffer" | "publish" | "ping" | "call" | "status" | "disconnect"
>;

export interface ParleyRedis extends EventEmitter, Commands {
  /** See `take-tokens.lua`. */
  takeTokens(
    numberOfKeys: number,
    ...keysAndArguments: (string | number)[]
  ): Promise<[waitMs: number, left: number]>;
  /** A connection of its own for subscriptions. In a cluster each node delivers what was published at another one. */
  openSubscriber(): Redis;
}

/**
 * An acknowledgement may wait for Redis and has 250 ms in all. A healthy Redis responds within one. A shorter limit would
 * count the CPU delays of our own process as an outage.
 */
const COMMAND_TIMEOUT_MS = 150;
const SUBSCRIBE_TIMEOUT_MS = 2_000;
/** A cluster repeats a command at another node. All waits together stay below the limit above. */
const CLUSTER_WAITS = {
  maxRedirections: 3,
  retryDelayOnFailover: 25,
  retryDelayOnClusterDown: 25,
  retryDelayOnTryAgain: 25,
};

const retryStrategy = (attempt: number) => Math.min(50 * 2 ** attempt, 2_000);

export function parseRedis(url: string): RedisAddress {
  const parsed = parseRedisUrl(url);
  if (!parsed.ok) throw new Error(`The URL of Redis ${parsed.rule}.`);
  return parsed.value;
}

/**
 * A dead Redis must fail at once, because every use has a degraded mode: no offline queue, one attempt per command, a short
 * wait. A connection that stays silent is dropped too, so that only the first command waits for it. Errors go to `onError`;
 * ioredis reconnects by itself.
 */
export function connectRedis({ url, onError }: { url: string; onError(error: Error): void }): ParleyRedis {
  const address = parseRedis(url);
  const redis: Cluster | Redis =
    address.topology === "cluster" ? openCluster(address) : new Redis(toOptions(address));
  redis.defineCommand("takeTokens", { lua: TAKE_TOKENS });
  redis.on("error", onError);
  return Object.assign(redis as unknown as ParleyRedis, { openSubscriber: () => openSubscriber(address) });
}

function openCluster(address: RedisAddress): Cluster {
  return new Cluster([...address.hosts], {
    enableOfflineQueue: false,
    clusterRetryStrategy: retryStrategy,
    // Nodes keep their names, which their certificates contain.
    dnsLookup: (name, done) => done(null, name),
    ...CLUSTER_WAITS,
    redisOptions: toConnection(address),
  });
}

/** Several hosts: the next one after each failure. */
function openSubscriber(address: RedisAddress): Redis {
  const options = { ...toOptions(address), autoResubscribe: false, commandTimeout: SUBSCRIBE_TIMEOUT_MS };
  if (address.topology !== "cluster") return new Redis(options);
  const { hosts } = address;
  const redis: Redis = new Redis({
    ...options,
    ...hosts[0],
    retryStrategy(attempt) {
      Object.assign(redis.options, hosts[attempt % hosts.length]);
      return retryStrategy(attempt);
    },
  });
  return redis;
}

export function toOptions(address: RedisAddress): RedisOptions {
  const { topology, hosts, database, family, sentinel } = address;
  const [host] = hosts;
  return {
    ...toConnection(address),
    enableOfflineQueue: false,
    retryStrategy,
    ...(topology === "cluster" ? {} : { db: database }),
    ...(host !== undefined && isSocket(host) ? { path: host.host } : {}),
    ...(host !== undefined && !isSocket(host) && sentinel === null ? { ...host, family } : {}),
    ...(sentinel === null ? {} : toSentinelOptions(address, sentinel)),
  };
}

function toSentinelOptions(
  { hosts, tls }: RedisAddress,
  { name, username, password }: NonNullable<RedisAddress["sentinel"]>,
): RedisOptions {
  return {
    sentinels: [...hosts],
    name,
    role: "master",
    sentinelRetryStrategy: retryStrategy,
    ...(username === "" ? {} : { sentinelUsername: username }),
    ...(password === "" ? {} : { sentinelPassword: password }),
    ...(tls === null ? {} : { enableTLSForSentinelMode: true, sentinelTLS: toRedisTlsOptions(tls) }),
  };
}

function toConnection({ username, password, tls }: RedisAddress) {
  return {
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_TIMEOUT_MS,
    socketTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: 1_000,
    // After a failover the old server may live on as a replica.
    reconnectOnError: (error: Error) => error.message.includes("READONLY"),
    ...(username === "" ? {} : { username }),
    ...(password === "" ? {} : { password }),
    ...(tls === null ? {} : { tls: toRedisTlsOptions(tls) }),
  };
}
