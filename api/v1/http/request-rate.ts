import type { Bucket } from "../../../db/connection/local-buckets.ts";
import type { TokenBuckets } from "../../../db/connection/token-buckets.ts";
import { Problem } from "../../problem.ts";

export interface RateFields {
  "ratelimit-policy": string;
  ratelimit: string;
}

/** The rate limit of each key. The fields are those of draft 11 of the IETF on RateLimit header fields. */
export function createRequestRate({ buckets, limit }: { buckets: TokenBuckets; limit: Bucket }) {
  const { capacity, refillPerSecond } = limit;
  const windowS = Math.ceil(capacity / refillPerSecond);
  return {
    /** Takes a token. `problem` is the response if there was none. */
    async take(keyId: string): Promise<{ fields: RateFields; problem: Problem | null }> {
      const { waitMs, left } = await buckets.take([{ key: `{api:${keyId}}`, ...limit }]);
      const fullInS = Math.max(1, Math.ceil((capacity - left) / refillPerSecond));
      const fields: RateFields = {
        "ratelimit-policy": `"key";q=${capacity};w=${windowS}`,
        ratelimit: `"key";r=${Math.max(0, left)};t=${fullInS}`,
      };
      if (waitMs === 0) return { fields, problem: null };
      const waitS = Math.ceil(waitMs / 1_000);
      const problem = new Problem(
        "rate_limited",
        `Repeat the request in ${waitS} s; the limit is ${capacity} at once.`,
        [],
        { retryAfterS: waitS },
      );
      return { fields, problem };
    },
  };
}

export type RequestRate = ReturnType<typeof createRequestRate>;
