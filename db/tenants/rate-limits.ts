import type { Bucket, TokenBuckets } from "../connection/token-buckets.ts";

export interface RateLimits {
  contact: Bucket;
  tenant: Bucket;
}

export type RateVerdict =
  | { allowed: true }
  /** `isFirst`: nobody was told yet in this window, so a notice is due. */
  | { allowed: false; isFirst: boolean };

/** One notice for so long: whoever is told to slow down need not hear it again at once. */
const NOTICE_WINDOW_MS = 60_000;

/** What the business spends on: a token from the person's bucket and one from the tenant's buys a turn. */
export function createRateLimiter({ buckets, limits }: { buckets: TokenBuckets; limits: RateLimits }) {
  return {
    async take({
      tenantId,
      conversationId,
    }: {
      tenantId: string;
      conversationId: string;
    }): Promise<RateVerdict> {
      const slot = `{rate:${tenantId}}`;
      const { waitMs } = await buckets.take([
        { key: `${slot}:conversation:${conversationId}`, ...limits.contact },
        { key: `${slot}:tenant`, ...limits.tenant },
      ]);
      if (waitMs === 0) return { allowed: true };
      const isFirst = await buckets.once(`${slot}:notice:${conversationId}`, NOTICE_WINDOW_MS);
      return { allowed: false, isFirst };
    },
  };
}

export type RateLimiter = ReturnType<typeof createRateLimiter>;
