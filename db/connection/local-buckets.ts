import { LRUCache } from "lru-cache";

export interface Bucket {
  /** The largest number of tokens that can be taken at once. */
  capacity: number;
  refillPerSecond: number;
}

/** `key` is the complete key, with the hash tag that puts the buckets of one call into one slot: `{rate:acme}:tenant`. */
export type KeyedBucket = Bucket & { key: string };

export interface LocalVerdict {
  /** 0 when one token was taken from every bucket. Else the time until the emptiest bucket has a token again, ms. */
  waitMs: number;
  /** Whole tokens in the emptiest bucket. */
  left: number;
}

export const LOCAL_BUCKETS = 20_000;

/** Token buckets in the memory of this process: one token from each bucket or from none. A bucket that is not in memory is full. */
export function createLocalBuckets(now: () => number = () => performance.now()) {
  const states = new LRUCache<string, { tokens: number; at: number }>({ max: LOCAL_BUCKETS });

  function readTokens({ key, capacity, refillPerSecond }: KeyedBucket, at: number): number {
    const state = states.get(key) ?? { tokens: capacity, at };
    return Math.min(capacity, state.tokens + ((at - state.at) * refillPerSecond) / 1_000);
  }

  return {
    take(buckets: readonly KeyedBucket[]): LocalVerdict {
      const at = now();
      const levels = buckets.map((bucket) => ({ ...bucket, tokens: readTokens(bucket, at) }));
      const waits = levels.map(({ tokens, refillPerSecond }) =>
        tokens < 1 ? ((1 - tokens) * 1_000) / refillPerSecond : 0,
      );
      const waitMs = Math.ceil(Math.max(0, ...waits));
      const price = waitMs === 0 ? 1 : 0;
      for (const { key, tokens } of levels) states.set(key, { tokens: tokens - price, at });
      const left = Math.floor(Math.min(...levels.map(({ tokens }) => tokens)) - price);
      return { waitMs, left };
    },
    /** For a call that turned out to cost nothing. */
    giveBack(buckets: readonly KeyedBucket[]): void {
      const at = now();
      for (const bucket of buckets)
        states.set(bucket.key, { tokens: Math.min(bucket.capacity, readTokens(bucket, at) + 1), at });
    },
  };
}
