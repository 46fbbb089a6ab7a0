import { LRUCache } from "lru-cache";
import { createLocalBuckets, type KeyedBucket, LOCAL_BUCKETS, type LocalVerdict } from "./local-buckets.ts";
import type { ParleyRedis } from "./redis.ts";

/** Reports an error whose effect is already handled. */
export type ReportError = (error: unknown, message: string) => void;

export interface TokenVerdict extends LocalVerdict {
  /** True when Redis was unavailable and this process decided alone. */
  degraded: boolean;
}

/** A process alone knows only its own share, so its local buckets are smaller: never unlimited, never empty for ever. */
const LOCAL_SHARE = 0.5;

/** Token buckets in Redis: one token from each bucket or from none. During an outage of Redis local buckets are used. */
export function createTokenBuckets(redis: ParleyRedis | null, onError: ReportError = () => undefined) {
  const local = createLocalBuckets();
  const takeAlone = (buckets: readonly KeyedBucket[]) => ({
    ...local.take(buckets.map(toShare)),
    degraded: true,
  });
  const seen = new LRUCache<string, true>({ max: LOCAL_BUCKETS });
  const notes = new LRUCache<string, string>({ max: LOCAL_BUCKETS });
  return {
    async take(buckets: readonly KeyedBucket[]): Promise<TokenVerdict> {
      try {
        if (redis === null) return takeAlone(buckets);
        const keys = buckets.map(({ key }) => key);
        const levels = buckets.flatMap((bucket) => [bucket.capacity, bucket.refillPerSecond]);
        const [waitMs, left] = await redis.takeTokens(keys.length, ...keys, ...levels);
        return { waitMs, left, degraded: false };
      } catch (error) {
        // Every Redis error has the same effect: this process decides alone until Redis is available.
        onError(error, "Redis failed: this process limits rates alone");
        return takeAlone(buckets);
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

function toShare({ key, capacity, refillPerSecond }: KeyedBucket): KeyedBucket {
  return {
    key,
    capacity: Math.max(1, capacity * LOCAL_SHARE),
    refillPerSecond: refillPerSecond * LOCAL_SHARE,
  };
}
