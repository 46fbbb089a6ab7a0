import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { receipts } from "../../../db/schema/deliveries.ts";
import { streamEvents } from "../../../db/schema/web.ts";
import { purgeStream } from "../../../db/web/stream.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";
import { createReplier } from "./create-replier.ts";
import { call, openSession, openStream, post, sendMessage, WEB_ENV } from "./visitor.ts";

let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation({ worker: false, env: WEB_ENV });
});
afterAll(() => parley.close());

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

  it("a message may have its id in the header Idempotency-Key", async () => {
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

describe("a report that replies were read", () => {
  it("a report stores one receipt for each reply up to its event, in this conversation only", async () => {
    const [session, other] = [await openSession(parley.url), await openSession(parley.url)];
    const [reply, replyToOther] = [
      await createReplier(parley, session.conversation_id),
      await createReplier(parley, other.conversation_id),
    ];
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

describe("stored events", () => {
  it("stored events contain a reply once and encrypted", async () => {
    const session = await openSession(parley.url);
    const reply = await createReplier(parley, session.conversation_id);
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

  it("old events are deleted in batches", async () => {
    const session = await openSession(parley.url);
    const reply = await createReplier(parley, session.conversation_id);
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
