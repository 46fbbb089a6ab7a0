import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { expect, inject, it, onTestFinished } from "vitest";
import { loadConfig } from "../../../../../infra/runtime/config/config.ts";
import { loseAllResponses, openProxy } from "../open-proxy.ts";
import { urlThroughProxy } from "../proxied-url.ts";
import { openRedisReader } from "./redis-protocol.ts";

const url = loadConfig(inject("sandboxEnv")).REDIS_URL ?? "";

it("Redis carries out a command that lost its reply, earlier commands get theirs, and values of all types pass", async () => {
  const straight = new Redis(url);
  const proxy = await openProxy(url, openRedisReader);
  const key = `lost:${randomUUID()}`;
  const redis = new Redis(urlThroughProxy(url, proxy), { maxRetriesPerRequest: 0, retryStrategy: () => 20 });
  redis.on("error", () => undefined);
  onTestFinished(async () => {
    await straight.del(key);
    for (const client of [redis, straight]) client.disconnect();
  });
  await redis.rpush(key, "a\r\nb", "x".repeat(200_000), "");
  expect(await redis.eval("return {redis.call('LRANGE', KEYS[1], 0, -1), 1, {}, false}", 1, key)).toEqual([
    ["a\r\nb", "x".repeat(200_000), ""],
    1,
    [],
    null,
  ]);
  await proxy.inject([loseAllResponses({ only: (label) => label === "INCR" })]);
  const before = redis.set(key, "1");
  const hit = redis.incr(key);
  await expect(before).resolves.toBe("OK");
  await expect(hit).rejects.toThrow();
  expect(await straight.get(key)).toBe("2");
  expect(proxy.counts()).toEqual({ "lose_response INCR": 1 });
});

it("a message to a subscriber is not the response to a request", async () => {
  const straight = new Redis(url);
  const proxy = await openProxy(url, openRedisReader);
  const subscriber = new Redis(urlThroughProxy(url, proxy));
  onTestFinished(() => [straight, subscriber].forEach((client) => client.disconnect()));
  const channel = randomUUID();
  const received: string[] = [];
  subscriber.on("message", (_, text: string) => received.push(text));
  await subscriber.subscribe(channel);
  await proxy.inject([loseAllResponses()]);
  await straight.publish(channel, "wake-up");
  await expect.poll(() => received).toEqual(["wake-up"]);
  expect(proxy.counts()).toEqual({});
});
