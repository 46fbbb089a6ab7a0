import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { connectRedis, type ParleyRedis } from "../../../db/connection/redis.ts";
import { createTokenBuckets } from "../../../db/connection/token-buckets.ts";
import { createRateLimiter } from "../../../db/tenants/rate-limits.ts";

const ONE = { capacity: 1, refillPerSecond: 0.0001 };
const MANY = { capacity: 1_000, refillPerSecond: 1 };
let redis: ParleyRedis;
beforeAll(async () => {
  redis = connectRedis({ url: inject("sandboxEnv")["REDIS_URL"] ?? "", onError: () => undefined });
  await once(redis, "ready");
});
afterAll(() => redis.disconnect());

const createLimiter = (store: ParleyRedis | null) =>
  createRateLimiter({ buckets: createTokenBuckets(store), limits: { contact: ONE, tenant: MANY } });

test.each(["with Redis", "without Redis"])(
  "%s, a repeated attempt at a turn gets the verdict of the first and takes nothing",
  async (mode) => {
    const limiter = createLimiter(mode === "with Redis" ? redis : null);
    const conversation = { tenantId: randomUUID(), conversationId: randomUUID() };
    const take = async (turnId: string) => await limiter.take({ ...conversation, turnId });
    const [paid, denied, later] = [randomUUID(), randomUUID(), randomUUID()];
    for (let attempt = 1; attempt <= 3; attempt++) expect(await take(paid)).toEqual({ allowed: true });
    // The notice is due until the turn that found no token has sent it.
    for (let attempt = 1; attempt <= 3; attempt++)
      expect(await take(denied)).toEqual({ allowed: false, isFirst: true });
    expect(await take(later)).toEqual({ allowed: false, isFirst: false });
  },
);

test("another process that repeats the attempt gets the same verdict from Redis", async () => {
  const turn = { tenantId: randomUUID(), conversationId: randomUUID(), turnId: randomUUID() };
  expect(await createLimiter(redis).take(turn)).toEqual({ allowed: true });
  expect(await createLimiter(redis).take(turn)).toEqual({ allowed: true });
});
