import { LRUCache } from "lru-cache";
import type { ParleyRedis } from "./redis.ts";

export interface Bucket {
  /** The largest number of tokens that can be taken at once. */
  capacity: number;
  refillPerSecond: number;
}

/** `key` is the complete key, with the hash tag that puts the buckets of one call into one slot: `{rate:acme}:tenant`. */
export type KeyedBucket = Bucket & { key: string };

/** Reports an error whose effect is already handled. */
export type ReportError = (error: unknown, message: string) => void;

export interface TokenVerdict {
  /** 0 when one token was taken from every bucket. Else the time until the emptiest bucket has a token again, ms. */
  waitMs: number;
  /** Whole tokens in the emptiest bucket. */
  left: number;
  /** True when Redis was unavailable and this process decided alone. */
  degraded: boolean;
}

/** Local buckets of a process, for an outage of Redis. */
const LOCAL_BUCKETS = 20_000;
/** A process alone knows only its own share, so its local buckets are smaller: never unlimited, never empty for ever. */
const LOCAL_SHARE = 0.5;

/** Token buckets in Redis: one token from each bucket or from none. During an outage of Redis local buckets are used. */
export function createTokenBuckets(redis: ParleyRedis | null, onError: ReportError = () => undefined) {
  const local = createLocalBuckets();
  const seen = new LRUCache<string, true>({ max: LOCAL_BUCKETS });
  const notes = new LRUCache<string, string>({ max: LOCAL_BUCKETS });
  return {
    async take(buckets: readonly KeyedBucket[]): Promise<TokenVerdict> {
      try {
        if (redis === null) return local.take(buckets);
        const keys = buckets.map(({ key }) => key);
        const levels = buckets.flatMap((bucket) => [bucket.capacity, bucket.refillPerSecond]);
        const [waitMs, left] = await redis.takeTokens(keys.length, ...keys, ...levels);
        return { waitMs, left, degraded: false };
      } catch (error) {
        // Every Redis error has the same effect: this process decides alone until Redis is available.
        onError(error, "Redis failed: this process limits rates alone");
        return local.take(buckets);
      }
    },
    /** True for the first caller within `ttlMs`. */
    async once(key: string, ttlMs: number): Promise<boolean> {
      try {
        if (redis !== null) return (await redis.set(key, "1", "PX", ttlMs, "NX")) === "OK";
      } catch (error) {
        onError(error, "Redis failed: this process limits rates alone");
      }
      if (seen.has(key)) return false;
      seen.set(key, true, { ttl: ttlMs });
      return true;
    },
    /** Keeps a value for `recall`. This process keeps it too: Redis may fail between the two. */
    async remember(key: string, value: string, ttlMs: number): Promise<void> {
      notes.set(key, value, { ttl: ttlMs });
      try {
        await redis?.set(key, value, "PX", ttlMs);
      } catch (error) {
        onError(error, "Redis failed: this process limits rates alone");
      }
    },
    async recall(key: string): Promise<string | null> {
      const note = notes.get(key);
      if (note !== undefined || redis === null) return note ?? null;
      try {
        return await redis.get(key);
      } catch (error) {
        onError(error, "Redis failed: this process limits rates alone");
        return null;
      }
    },
  };
}

export type TokenBuckets = ReturnType<typeof createTokenBuckets>;

function createLocalBuckets() {
  const states = new LRUCache<string, { tokens: number; at: number }>({ max: LOCAL_BUCKETS });
  return {
    take(buckets: readonly KeyedBucket[]): TokenVerdict {
      const at = performance.now();
      const levels = buckets.map((bucket) => {
        const capacity = Math.max(1, bucket.capacity * LOCAL_SHARE);
        const refillPerSecond = bucket.refillPerSecond * LOCAL_SHARE;
        const state = states.get(bucket.key) ?? { tokens: capacity, at };
        const tokens = Math.min(capacity, state.tokens + ((at - state.at) * refillPerSecond) / 1000);
        const waitMs = tokens < 1 ? ((1 - tokens) * 1000) / refillPerSecond : 0;
        return { key: bucket.key, tokens, waitMs };
      });
      const waitMs = Math.ceil(Math.max(0, ...levels.map((level) => level.waitMs)));
      const price = waitMs === 0 ? 1 : 0;
      for (const { key, tokens } of levels) states.set(key, { tokens: tokens - price, at });
      const left = Math.floor(Math.min(...levels.map((level) => level.tokens)) - price);
      return { waitMs, left, degraded: true };
    },
  };
}
