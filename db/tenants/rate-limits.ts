import type { Bucket, TokenBuckets } from "../connection/token-buckets.ts";

export interface RateLimits {
  contact: Bucket;
  tenant: Bucket;
}

export type RateVerdict =
  | { allowed: true }
  /** `isFirst`: no notice was sent in this window yet, so one is due. */
  | { allowed: false; isFirst: boolean };

/** At most one notice in this time. */
const NOTICE_WINDOW_MS = 60_000;

/** The limit on turns: each one takes a token from the contact's bucket and one from the tenant's. */
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
