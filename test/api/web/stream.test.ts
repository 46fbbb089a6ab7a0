import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startApi } from "../../../api/server.ts";
import { takeOverConversation, handBackConversation } from "../../../db/conversations/takeover.ts";
import { createLog } from "../../../infra/runtime/log.ts";
import { createSessionTokens } from "../../../infra/runtime/encryption/session-token.ts";
import { eventually } from "../../support/eventually.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";
import { createReplier } from "./create-replier.ts";
import { notifyStream } from "./notify-stream.ts";
import { call, openSession, openStream, sendMessage, type SseEvent, WEB_ENV } from "./visitor.ts";

let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation({ worker: false, env: WEB_ENV });
});
afterAll(() => parley.close());

const textsOf = (events: SseEvent[]) => events.flatMap(({ id, data }) => (id === null ? [] : [data["text"]]));

describe("a stream", () => {
  it("a stream continues from the last event seen, without gaps and duplicates, while new events are written", async () => {
    const session = await openSession(parley.url);
    const reply = await createReplier(parley, session.conversation_id);
    const writing = (async () => {
      for (let i = 0; i < 120; i += 4)
        await Promise.all([0, 1, 2, 3].map((part) => reply(`reply ${i + part}`)));
    })();
    const seen: SseEvent[] = [];
    let last: number | undefined;
    while (seen.length < 120) {
      const stream = await openStream(parley.url, session, last);
      await eventually("more events", async () => stream.received.events.some(({ id }) => id !== null));
      await stream.close();
      seen.push(...stream.received.events.filter(({ id }) => id !== null));
      last = seen.at(-1)?.id ?? undefined;
    }
    await writing;
    const ids = seen.map(({ id }) => id ?? 0);
    expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => a - b));
    expect(new Set(textsOf(seen)).size).toBe(120);
  });

  it("a stream shows each message once, also after a retry and also in another tab", async () => {
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

  it("messages of two visitors with the same id are both stored", async () => {
    const [ada, bob] = [await openSession(parley.url), await openSession(parley.url)];
    const { id } = await sendMessage(parley.url, ada, "I am Ada");
    expect((await sendMessage(parley.url, bob, "I am Bob", id)).body["outcome"]).toBe("stored");
  });

  it("a stream reports when an agent joins and leaves", async () => {
    const session = await openSession(parley.url);
    const stream = await openStream(parley.url, session);
    await takeOverConversation(parley.db, session.conversation_id, "dana");
    await handBackConversation(parley.db, session.conversation_id, "dana");
    await notifyStream(parley, session.conversation_id);
    await stream.until("status", ({ status }) => status === "agent_left");
    expect(
      stream.received.events.filter(({ event }) => event === "status").map(({ data }) => data["status"]),
    ).toEqual(["agent_joined", "agent_left"]);
  });

  it("a stream shows the typing indicator, and a stream that opens later does not repeat it", async () => {
    const session = await openSession(parley.url);
    const stream = await openStream(parley.url, session);
    await stream.until("ready");
    await notifyStream(parley, session.conversation_id, "typing");
    await stream.until("typing");
    const later = await openStream(parley.url, session);
    await later.until("ready");
    expect(later.received.events.map(({ event }) => event)).toEqual(["ready"]);
  });

  it("a stream ends when its session expires, and a new session opens a new stream", async () => {
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

  it("a visitor's fifth stream ends the oldest one", async () => {
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

  it("a server that stops ends its streams and asks the page to connect again", async () => {
    const log = createLog({ level: "silent", name: "test" });
    const second = await startApi({ config: parley.config, log });
    const session = await openSession(second.url);
    const stream = await openStream(second.url, session);
    await stream.until("ready");
    const stopped = second.stop();
    expect((await stream.until("end")).data).toEqual({ reason: "restart" });
    await stopped;
  });

  it("a stream rejects a Last-Event-ID that is not an event id", async () => {
    const session = await openSession(parley.url);
    for (const bad of ["abc", "-1", "1e9", "99999999999999999999"]) {
      const response = await call(parley.url, session, "stream", { headers: { "last-event-id": bad } });
      expect(response.status, bad).toBe(422);
    }
  });
});
