import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSignalHub, type SignalHub } from "../../../db/web/stream-signals.ts";
import { Redis } from "ioredis";
import { connectRedis } from "../../../db/connection/redis.ts";
import { freePort, isListening } from "../../../infra/sandbox/ports.ts";
import { silentProgress } from "../../../infra/sandbox/progress.ts";
import { findRedisBinary } from "../../../infra/sandbox/services/redis-service.ts";
import { eventually } from "../../support/eventually.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";
import { openSession, openStream, sendMessage, WEB_ENV } from "./visitor.ts";

let parley: Installation;
let port: number;
let redis: Awaited<ReturnType<typeof startRedis>>;
const hubs: SignalHub[] = [];

beforeAll(async () => {
  port = await freePort();
  redis = await startRedis();
  parley = await openInstallation({ env: { ...WEB_ENV, REDIS_URL: `redis://127.0.0.1:${port}` } });
});
afterAll(async () => {
  await parley.close();
  hubs.forEach((hub) => hub.close());
  await redis.kill();
});

/** A separate Redis for this file, because the tests kill it. */
async function startRedis() {
  const binary = await findRedisBinary(silentProgress);
  if (binary === null) throw new Error("This test needs a Redis server: install redis-server.");
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  const child = spawn(binary, args, { stdio: "ignore" });
  await eventually("Redis", async () => await isListening(port));
  return {
    async kill() {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

function openHub(): SignalHub {
  const client = connectRedis({ url: `redis://127.0.0.1:${port}`, onError: () => undefined });
  const hub = createSignalHub(client);
  hubs.push({ ...hub, close: () => (hub.close(), client.disconnect()) });
  return hub;
}

describe("while Redis is unavailable", () => {
  it("an open stream continues, a new one opens, and both get notifications again when Redis is back", async () => {
    const session = await openSession(parley.url);
    const hub = openHub();
    let notifications = 0;
    hub.listen(session.conversation_id, () => notifications++);
    await eventually("a subscription", async () => hub.isSubscribed(session.conversation_id));
    const open = await openStream(parley.url, session);
    await open.until("ready");

    const notificationsBefore = notifications;
    await redis.kill();
    await eventually("the lost subscription", async () => !hub.isSubscribed(session.conversation_id));
    // Without this notification a stream would wait until its next heartbeat.
    expect(notifications).toBeGreaterThan(notificationsBefore);
    await sendMessage(parley.url, session, "How long is the warranty?");
    await open.until("reply");
    const opened = await openStream(parley.url, session);
    await opened.until("reply");

    redis = await startRedis();
    await eventually("the subscription again", async () => hub.isSubscribed(session.conversation_id));
    const before = notifications;
    const { id } = await sendMessage(parley.url, session, "And for batteries?");
    for (const stream of [open, opened]) await stream.until("message", (data) => data["id"] === id);
    await eventually("a notification", async () => notifications > before);
    const ids = open.received.events.flatMap((event) => event.id ?? []);
    expect(ids).toEqual([...new Set(ids)]);
  });

  it("notifications in Redis contain no message text", async () => {
    const published: string[] = [];
    // A client with the default timeouts: the timeouts of the product are too short on a busy machine.
    const spy = new Redis(`redis://127.0.0.1:${port}`);
    await once(spy, "ready");
    await spy.psubscribe("*");
    spy.on("pmessage", (_pattern: string, channel: string, text: string) =>
      published.push(`${channel} ${text}`),
    );
    const session = await openSession(parley.url);
    await sendMessage(parley.url, session, "My secret word is rhododendron");
    const stream = await openStream(parley.url, session);
    await stream.until("reply");
    spy.disconnect();
    expect(published.length).toBeGreaterThan(0);
    for (const line of published) expect(line).toMatch(/^parley:web:[0-9a-f-]{36} (news|typing)$/);
  });
});
