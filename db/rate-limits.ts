import { LRUCache } from "lru-cache";
import type { ParleyRedis } from "./redis.ts";

export interface Bucket {
  capacity: number;
  refillPerSecond: number;
}

export interface RateLimits {
  contact: Bucket;
  tenant: Bucket;
}

export type RateVerdict =
  | { allowed: true; degraded: boolean }
  | { allowed: false; waitMs: number; degraded: boolean };

/** People whose local bucket a process remembers while Redis is away. */
const LOCAL_CONTACTS = 20_000;
/** A process alone knows only its own share, so its local buckets are smaller: never unlimited, never deny-all. */
const LOCAL_SHARE = 0.5;

/** One token from the person's bucket and one from the tenant's, both or none. While Redis is away, from local buckets. */
export function createRateLimiter({ redis, limits }: { redis: ParleyRedis | null; limits: RateLimits }) {
  const local = createLocalBuckets(limits);
  return {
    async take({ tenantId, contactId }: { tenantId: string; contactId: string }): Promise<RateVerdict> {
      const keys = [`{rate:${tenantId}}:contact:${contactId}`, `{rate:${tenantId}}:tenant`];
      const buckets = [limits.contact, limits.tenant].flatMap((b) => [b.capacity, b.refillPerSecond]);
      try {
        if (redis === null) return local.take(keys);
        const waitMs = await redis.takeTokens(keys.length, ...keys, ...buckets);
        return waitMs === 0
          ? { allowed: true, degraded: false }
          : { allowed: false, waitMs, degraded: false };
      } catch {
        // Any Redis error means the same: this process decides alone until Redis is back.
        return local.take(keys);
      }
    },
  };
}

export type RateLimiter = ReturnType<typeof createRateLimiter>;

function createLocalBuckets(limits: RateLimits) {
  const states = new LRUCache<string, { tokens: number; at: number }>({ max: LOCAL_CONTACTS });
  const shares = [limits.contact, limits.tenant].map(({ capacity, refillPerSecond }) => ({
    capacity: Math.max(1, capacity * LOCAL_SHARE),
    refillPerSecond: refillPerSecond * LOCAL_SHARE,
  }));
  return {
    take(keys: string[]): RateVerdict {
      const at = performance.now();
      const levels = shares.map((bucket, i) => {
        const state = states.get(keys[i] ?? "") ?? { tokens: bucket.capacity, at };
        const tokens = Math.min(
          bucket.capacity,
          state.tokens + ((at - state.at) * bucket.refillPerSecond) / 1000,
        );
        return { tokens, waitMs: tokens < 1 ? ((1 - tokens) * 1000) / bucket.refillPerSecond : 0 };
      });
      const waitMs = Math.ceil(Math.max(...levels.map((level) => level.waitMs)));
      for (const [i, { tokens }] of levels.entries()) {
        states.set(keys[i] ?? "", { tokens: waitMs === 0 ? tokens - 1 : tokens, at });
      }
      return waitMs === 0 ? { allowed: true, degraded: true } : { allowed: false, waitMs, degraded: true };
    },
  };
}
