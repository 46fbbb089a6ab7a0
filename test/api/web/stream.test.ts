import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startApi } from "../../../api/server.ts";
import { findConversationOwner } from "../../../db/conversations/open-conversation.ts";
import { takeOverConversation, handBackConversation } from "../../../db/conversations/takeover.ts";
import { receipts } from "../../../db/schema/deliveries.ts";
import { streamEvents } from "../../../db/schema/web.ts";
import { createNotify } from "../../../db/web/stream-signals.ts";
import { connectRedis } from "../../../db/connection/redis.ts";
import { appendReply, purgeStream } from "../../../db/web/stream.ts";
import { createLog } from "../../../infra/runtime/log.ts";
import { createSessionTokens } from "../../../infra/runtime/encryption/session-token.ts";
import { createConfiguredVault } from "../../../infra/runtime/encryption/vault.ts";
import { eventually } from "../../support/eventually.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";
import {
  call,
  openSession,
  openStream,
  post,
  sendMessage,
  type Session,
  type SseEvent,
  WEB_ENV,
} from "./visitor.ts";

let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation({ worker: false, env: WEB_ENV });
});
afterAll(() => parley.close());

const REPLY = { author: "assistant", part: 1, parts: 1, sources: [] } as const;

/** Replies as the channel sends them, without a worker. */
async function replier({ conversation_id }: Session) {
  const vault = createConfiguredVault(parley.config);
  const owner = await findConversationOwner(parley.db, parley.config.PARLEY_TENANT, conversation_id);
  return async (text: string, deliveryId: string = randomUUID()) => {
    await appendReply(parley.db, vault, owner, { ...REPLY, deliveryId, text });
    return deliveryId;
  };
}

const textsOf = (events: SseEvent[]) => events.flatMap(({ id, data }) => (id === null ? [] : [data["text"]]));

describe("a stream", () => {
  it("goes on from the last event that was seen, without a gap and without a double, while new ones are written", async () => {
    const session = await openSession(parley.url);
    const reply = await replier(session);
    const writing = (async () => {
      for (let i = 0; i < 120; i += 4)
        await Promise.all([0, 1, 2, 3].map((part) => reply(`reply ${i + part}`)));
    })();
    const seen: SseEvent[] = [];
    let last: number | undefined;
    while (seen.length < 120) {
      const stream = await openStream(parley.url, session, last);
      await eventually("a few events more", async () => stream.received.events.some(({ id }) => id !== null));
      await stream.close();
      seen.push(...stream.received.events.filter(({ id }) => id !== null));
      last = seen.at(-1)?.id ?? undefined;
    }
    await writing;
    const ids = seen.map(({ id }) => id ?? 0);
    expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => a - b));
    expect(new Set(textsOf(seen)).size).toBe(120);
  });

  it("shows a message once, however often it is sent, and a message from another tab too", async () => {
    const session = await openSession(parley.url);
    const [one, two] = [await openStream(parley.url, session), await openStream(parley.url, session)];
    const { id, body } = await sendMessage(parley.url, session, "Is anybody there?");
    const again = await sendMessage(parley.url, session, "Is anybody there?", id);
    expect([body["outcome"], again.body]).toEqual(["stored", { message_id: id, outcome: "duplicate" }]);
    await sendMessage(parley.url, session, "Hello?");
    for (const stream of [one, two]) {
      await stream.until("message", ({ text }) => text === "Hello?");
      expect(textsOf(stream.received.events)).toEqual(["Is anybody there?", "Hello?"]);
    }
  });

  it("distinguishes messages of two visitors that have the same id", async () => {
    const [ada, bob] = [await openSession(parley.url), await openSession(parley.url)];
    const { id } = await sendMessage(parley.url, ada, "I am Ada");
    expect((await sendMessage(parley.url, bob, "I am Bob", id)).body["outcome"]).toBe("stored");
  });

  it("a stream reports when an agent joins and leaves", async () => {
    const session = await openSession(parley.url);
    const stream = await openStream(parley.url, session);
    await takeOverConversation(parley.db, session.conversation_id, "dana");
    await handBackConversation(parley.db, session.conversation_id, "dana");
    await notifyStream(session);
    await stream.until("status", ({ status }) => status === "agent_left");
    expect(
      stream.received.events.filter(({ event }) => event === "status").map(({ data }) => data["status"]),
    ).toEqual(["agent_joined", "agent_left"]);
  });

  it("shows that an answer is being written, and does not repeat it to a later stream", async () => {
    const session = await openSession(parley.url);
    const stream = await openStream(parley.url, session);
    await stream.until("ready");
    await notifyStream(session, "typing");
    await stream.until("typing");
    const later = await openStream(parley.url, session);
    await later.until("ready");
    expect(later.received.events.map(({ event }) => event)).toEqual(["ready"]);
  });

  it("ends with its session, and a new session goes on", async () => {
    const session = await openSession(parley.url);
    const { conversation_id: conversationId } = session;
    const tokens = createSessionTokens(parley.config.PARLEY_ENCRYPTION_KEYS);
    const token = tokens.sign({
      tenantId: parley.config.PARLEY_TENANT,
      accountId: "main",
      conversationId,
      visitor: "anonymous:x",
      expiresAt: new Date(Date.now() + 300),
    });
    const stream = await openStream(parley.url, { ...session, token });
    const { data } = await stream.until("end");
    expect(data).toEqual({ reason: "expired" });
    await eventually("the end of the response", async () => stream.received.ended);
    await (await openStream(parley.url, session)).until("ready");
  });

  it("is one of four at most: the oldest makes room", async () => {
    const session = await openSession(parley.url);
    const streams = [];
    for (let i = 0; i < 5; i++) {
      const stream = await openStream(parley.url, session);
      await stream.until("ready");
      streams.push(stream);
    }
    const [oldest, ...rest] = streams;
    expect((await oldest?.until("end"))?.data).toEqual({ reason: "replaced" });
    await sendMessage(parley.url, session, "Still here");
    for (const stream of rest) await stream.until("message");
  });

  it("does not outlive its server, which asks the page to reconnect", async () => {
    const log = createLog({ level: "silent", name: "test" });
    const second = await startApi({ config: parley.config, log });
    const session = await openSession(second.url);
    const stream = await openStream(second.url, session);
    await stream.until("ready");
    const stopped = second.stop();
    expect((await stream.until("end")).data).toEqual({ reason: "restart" });
    await stopped;
  });

  it("takes an id of ours only", async () => {
    const session = await openSession(parley.url);
    for (const bad of ["abc", "-1", "1e9", "99999999999999999999"]) {
      const response = await call(parley.url, session, "stream", { headers: { "last-event-id": bad } });
      expect(response.status, bad).toBe(422);
    }
  });
});

describe("a message", () => {
  it("a message that is not text, too long or without an id is rejected with the name of the field", async () => {
    const session = await openSession(parley.url);
    const bad = [
      { text: "" },
      { text: "  " },
      { text: "x".repeat(4_001) },
      { text: "\0" },
      { text: "\ud800" },
      {},
    ];
    for (const body of bad) {
      const response = await post(parley.url, session, "messages", { id: randomUUID(), ...body });
      const problem = (await response.json()) as { errors: { field: string }[] };
      expect([response.status, problem.errors[0]?.field], JSON.stringify(body)).toEqual([422, "body.text"]);
    }
    const nameless = await post(parley.url, session, "messages", { text: "Hello" });
    expect(await nameless.text()).toContain("body.id");
    expect((await post(parley.url, session, "messages", { text: "x".repeat(40_000) })).status).toBe(413);
  });

  it("may bring its id as Idempotency-Key", async () => {
    const session = await openSession(parley.url);
    const id = randomUUID();
    const response = await call(parley.url, session, "messages", {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": `"${id}"` },
      body: JSON.stringify({ text: "Hello" }),
    });
    expect(await response.json()).toEqual({ message_id: id, outcome: "stored" });
  });
});

describe("a report that replies were seen", () => {
  it("is one receipt for each reply up to that event, and for no reply of another visitor", async () => {
    const [session, other] = [await openSession(parley.url), await openSession(parley.url)];
    const [reply, replyToOther] = [await replier(session), await replier(other)];
    const [first, second, third] = [await reply("one"), await reply("two"), await reply("three")];
    await replyToOther("elsewhere");
    const stream = await openStream(parley.url, session);
    const { id: throughSeq } = await stream.until("reply", ({ id }) => id === second);
    const report = async () => {
      const body = { state: "read", through_seq: throughSeq };
      return (await (await post(parley.url, session, "receipts", body)).json()) as object;
    };
    expect(await report()).toEqual({ receipts: 2 });
    expect(await report()).toEqual({ receipts: 0 });
    const rows = await parley.db.select().from(receipts).where(eq(receipts.channel, "web"));
    const ids = rows.map(({ providerId, state }) => `${state} ${providerId}`).toSorted();
    expect(ids).toEqual([`read ${first}`, `read ${second}`].toSorted());
    expect(ids.join()).not.toContain(third);
  });
});

describe("what is kept for streams", () => {
  it("holds a reply once, and not a word of it in clear", async () => {
    const session = await openSession(parley.url);
    const reply = await replier(session);
    const id = await reply("A rhododendron is a shrub");
    await reply("A rhododendron is a shrub", id);
    await sendMessage(parley.url, session, "What is a rhododendron?");
    const rows = await parley.db
      .select()
      .from(streamEvents)
      .where(eq(streamEvents.conversationId, session.conversation_id))
      .orderBy(streamEvents.seq);
    expect(rows.map(({ kind }) => kind)).toEqual(["reply", "message"]);
    expect(Buffer.concat(rows.map(({ body }) => body)).toString("latin1")).not.toContain("rhododendron");
  });

  it("is deleted when it is old, some at a time", async () => {
    const session = await openSession(parley.url);
    const reply = await replier(session);
    for (const text of ["old", "older", "oldest"]) await reply(text);
    const ofSession = eq(streamEvents.conversationId, session.conversation_id);
    await parley.db
      .update(streamEvents)
      .set({ createdAt: new Date("2026-01-01") })
      .where(ofSession);
    await reply("new");
    const purge = { olderThanDays: 30, limit: 2 };
    expect([await purgeStream(parley.db, purge), await purgeStream(parley.db, purge)]).toEqual([2, 1]);
    expect(await parley.db.select().from(streamEvents).where(ofSession)).toHaveLength(1);
  });
});

/** What the channel does after it has written. */
async function notifyStream({ conversation_id }: Session, signal: "news" | "typing" = "news"): Promise<void> {
  const redis = connectRedis({ url: parley.config.REDIS_URL ?? "", onError: () => undefined });
  await new Promise((resolve) => redis.once("ready", resolve));
  await createNotify(redis)(conversation_id, signal);
  redis.disconnect();
}
