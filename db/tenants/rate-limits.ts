import type { Bucket } from "../connection/local-buckets.ts";
import type { TokenBuckets } from "../connection/token-buckets.ts";

export interface RateLimits {
  contact: Bucket;
  tenant: Bucket;
}

export type RateVerdict =
  | { allowed: true }
  /** `isFirst`: no notice was sent in this window yet, so one is due. */
  | { allowed: false; isFirst: boolean };

interface TurnToLimit {
  tenantId: string;
  conversationId: string;
  turnId: string;
}

/** At most one notice in this time. */
const NOTICE_WINDOW_MS = 60_000;

/** Attempts at a turn in this time get the verdict of the first. After it, the buckets have other levels than at the first attempt. */
const VERDICT_KEPT_MS = 600_000;

/**
 * The limit on turns: each one takes a token from the contact's bucket and one from the tenant's. An attempt whose plan was not stored is
 * repeated, and neither takes another token nor loses the notice.
 */
export function createRateLimiter({ buckets, limits }: { buckets: TokenBuckets; limits: RateLimits }) {
  return {
    async take({ tenantId, conversationId, turnId }: TurnToLimit): Promise<RateVerdict> {
      const slot = `{rate:${tenantId}}`;
      const turnKey = `${slot}:turn:${turnId}`;
      const known = await buckets.recall(turnKey);
      if (known !== null) return JSON.parse(known) as RateVerdict;
      const { waitMs } = await buckets.take([
        { key: `${slot}:conversation:${conversationId}`, ...limits.contact },
        { key: `${slot}:tenant`, ...limits.tenant },
      ]);
      const verdict: RateVerdict =
        waitMs === 0
          ? { allowed: true }
          : {
              allowed: false,
              isFirst: await buckets.once(`${slot}:notice:${conversationId}`, NOTICE_WINDOW_MS),
            };
      await buckets.remember(turnKey, JSON.stringify(verdict), VERDICT_KEPT_MS);
      return verdict;
    },
  };
}

export type RateLimiter = ReturnType<typeof createRateLimiter>;
