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
 * How long a command may wait. A healthy Redis responds within a millisecond. A shorter limit would count the CPU delays of our own process as
 * an outage, and in an outage each process allows messages of its own share on top. An acknowledgement has 250 ms in all; a step has time.
 */
export const REDIS_WAITS_MS = { acknowledgement: 150, step: 1_000 } as const;
const SUBSCRIBE_TIMEOUT_MS = 2_000;
/** A cluster repeats a command at another node. All waits together stay below the limit above. */
const CLUSTER_WAITS = {
  maxRedirections: 3,
  retryDelayOnFailover: 25,
  retryDelayOnClusterDown: 25,
  retryDelayOnTryAgain: 25,
};

interface ConnectRedisOptions {
  url: string;
  onError(error: Error): void;
  /** The limit of one command, from `REDIS_WAITS_MS`. */
  waitMs?: number;
}

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
export function connectRedis({
  url,
  onError,
  waitMs = REDIS_WAITS_MS.acknowledgement,
}: ConnectRedisOptions): ParleyRedis {
  const address = parseRedis(url);
  const redis: Cluster | Redis =
    address.topology === "cluster" ? openCluster(address, waitMs) : new Redis(toOptions(address, waitMs));
  redis.defineCommand("takeTokens", { lua: TAKE_TOKENS });
  redis.on("error", onError);
  return Object.assign(redis as unknown as ParleyRedis, { openSubscriber: () => openSubscriber(address) });
}

function openCluster(address: RedisAddress, waitMs: number): Cluster {
  return new Cluster([...address.hosts], {
    enableOfflineQueue: false,
    clusterRetryStrategy: retryStrategy,
    // Nodes keep their names, which their certificates contain.
    dnsLookup: (name, done) => done(null, name),
    ...CLUSTER_WAITS,
    redisOptions: toConnection(address, waitMs),
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

export function toOptions(
  address: RedisAddress,
  waitMs: number = REDIS_WAITS_MS.acknowledgement,
): RedisOptions {
  const { topology, hosts, database, family, sentinel } = address;
  const [host] = hosts;
  return {
    ...toConnection(address, waitMs),
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

function toConnection({ username, password, tls }: RedisAddress, waitMs: number) {
  return {
    maxRetriesPerRequest: 1,
    commandTimeout: waitMs,
    socketTimeout: waitMs,
    connectTimeout: 1_000,
    // After a failover the old server may live on as a replica.
    reconnectOnError: (error: Error) => error.message.includes("READONLY"),
    ...(username === "" ? {} : { username }),
    ...(password === "" ? {} : { password }),
    ...(tls === null ? {} : { tls: toRedisTlsOptions(tls) }),
  };
}
