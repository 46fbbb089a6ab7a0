import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connectRedis, type ParleyRedis, REDIS_WAITS_MS } from "../../../db/connection/redis.ts";
import { freePort, isListening } from "../../../infra/sandbox/ports.ts";
import { silentProgress } from "../../../infra/sandbox/progress.ts";
import { findRedisBinary } from "../../../infra/sandbox/services/redis-service.ts";
import { eventually } from "../../support/eventually.ts";

let server: ReturnType<typeof spawn>;
let redis: ParleyRedis;
let url: string;

/** A Redis of this file's own, because it is halted. */
beforeAll(async () => {
  const binary = await findRedisBinary(silentProgress);
  if (binary === null) throw new Error("This test needs a Redis server: install redis-server.");
  const port = await freePort();
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  server = spawn(binary, args, { stdio: "ignore" });
  await eventually("Redis", async () => await isListening(port));
  url = `redis://127.0.0.1:${port}`;
  redis = connectRedis({ url, onError: () => undefined });
  await once(redis, "ready");
});
afterAll(async () => {
  redis.disconnect();
  server.kill("SIGKILL");
  await once(server, "exit");
});

it("a Redis that is connected and says nothing is not waited for by every command, and is used again when it speaks", async () => {
  server.kill("SIGSTOP");
  await expect(redis.ping()).rejects.toThrow();
  await eventually("the silent connection to be given up", async () => redis.status !== "ready");
  // Refused before it is sent: nothing is waited for.
  await expect(redis.ping()).rejects.toThrow("enableOfflineQueue");
  server.kill("SIGCONT");
  await eventually("an answer", async () => (await redis.ping().catch(() => null)) === "PONG");
});

it("a step waits for a Redis whose response is late, and an acknowledgement does not", async () => {
  const step = connectRedis({ url, waitMs: REDIS_WAITS_MS.step, onError: () => undefined });
  await once(step, "ready");
  server.kill("SIGSTOP");
  const response = step.ping();
  await expect(redis.ping()).rejects.toThrow();
  server.kill("SIGCONT");
  expect(await response).toBe("PONG");
  step.disconnect();
});
