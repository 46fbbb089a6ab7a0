import { randomUUID } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { storeShared } from "../../../db/agents/store-shared.ts";
import { pauseConversation, resumeConversation } from "../../../db/conversations/pause.ts";
import { lockFacts } from "../../../db/delivery/gate-facts.ts";
import type { SharedPlace } from "../../../db/inbound/new-inbound.ts";
import { conversations } from "../../../db/schema/conversations.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { events } from "../../../db/schema/events.ts";
import { acquireTurn, findInboxRow } from "../../../db/turns/acquire-turn.ts";
import { readAdmissionFacts } from "../../../db/turns/admission-facts.ts";
import { newMessage } from "../../support/new-message.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { seedTurn } from "../../support/seed-turns.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("shared_places", { maxConnections: 6 });
});
afterAll(() => opened.close());

const NAMED: SharedPlace = { kind: "thread", isNamed: true };
const OVERHEARD: SharedPlace = { kind: "thread", isNamed: false };
const GROUP: SharedPlace = { kind: "group", isNamed: false };

/** One place on an account of its own. Each message is a second later than the one before. */
async function openPlace() {
  const { db, vault } = opened;
  const { scope } = await seedTurn(db, vault);
  const thread = `C0:${randomUUID()}`;
  let at = Date.now() - 60_000;

  async function say(
    from: string,
    shared: SharedPlace,
    fields: { providerMessageId?: string; providerTime?: Date } = {},
  ) {
    at += 1_000;
    const message = newMessage(scope, { from, thread, providerTime: new Date(at), ...fields });
    const { stored, silenced } = await storeShared(db, vault, { ...message, shared });
    return { message, state: stored?.state ?? null, conversationId: stored?.conversationId ?? "", silenced };
  }

  /** Whether the assistant may answer the turn of this message now, by admission and by the gate. */
  async function mayAnswer({ message }: Awaited<ReturnType<typeof say>>): Promise<boolean> {
    const row = await findInboxRow(db, message);
    const turn = await acquireTurn(db, row, { capMs: 0, capMessages: 1 });
    const turnId = turn.kind === "acquired" ? turn.turnId : (row.turnId ?? "");
    const admission = await readAdmissionFacts(db, turnId, 1);
    const facts = await lockFacts(db, { turnId, conversationId: row.conversationId });
    expect(facts.silentBecause).toBe(admission.silence);
    return facts.silentBecause === null;
  }

  async function readPause(conversationId: string): Promise<string | null> {
    const [row] = await db.select().from(conversations).where(eq(conversations.id, conversationId));
    return row?.pauseReason ?? null;
  }
  return { say, mayAnswer, readPause, thread, scope };
}

describe("a thread of the assistant and one contact", () => {
  it("is answered whether a message names the assistant or not", async () => {
    const { say, mayAnswer } = await openPlace();
    expect(await mayAnswer(await say("eve", NAMED))).toBe(true);
    const second = await say("eve", OVERHEARD);
    expect(second).toMatchObject({ state: "pending", silenced: [] });
  });

  it("does not begin with a message without a name, and nothing of it is stored", async () => {
    const { say, thread } = await openPlace();
    expect(await say("eve", OVERHEARD)).toMatchObject({ state: null, silenced: [] });
    expect(await opened.db.$count(conversations, eq(conversations.thread, thread))).toBe(0);
  });

  it("begins with the first reply to a message of the assistant", async () => {
    const { say } = await openPlace();
    const reply: SharedPlace = { ...OVERHEARD, repliesToUs: true };
    expect(await say("eve", reply)).toMatchObject({ state: "pending" });
    expect(await say("joe", reply)).toMatchObject({ state: null });
  });

  it("gives no answer to a message for another participant", async () => {
    const { say } = await openPlace();
    await say("eve", NAMED);
    expect(await say("eve", { ...OVERHEARD, namesOthers: true })).toMatchObject({ state: "suppressed" });
    expect(await say("eve", OVERHEARD)).toMatchObject({ state: "pending" });
  });
});

describe("a second participant in a thread", () => {
  it("pauses the conversation, so that neither a waiting answer nor the next message is answered", async () => {
    const { say, mayAnswer, readPause } = await openPlace();
    const first = await say("eve", NAMED);
    expect(await mayAnswer(first)).toBe(true);
    expect(await say("joe", OVERHEARD)).toMatchObject({ state: null, silenced: [first.conversationId] });
    expect(await readPause(first.conversationId)).toBe("shared");
    expect(await mayAnswer(first)).toBe(false);
    expect(await say("eve", OVERHEARD)).toMatchObject({ state: "suppressed" });
  });

  it("leaves the assistant to those who name it again", async () => {
    const { say, mayAnswer } = await openPlace();
    await say("eve", NAMED);
    await say("joe", OVERHEARD);
    expect(await mayAnswer(await say("eve", NAMED))).toBe(true);
    expect(await say("eve", OVERHEARD)).toMatchObject({ state: "suppressed" });
    expect(await mayAnswer(await say("joe", NAMED))).toBe(true);
    expect(await say("joe", OVERHEARD)).toMatchObject({ state: "suppressed" });
  });

  it("who names the assistant too stops no answer that is being made", async () => {
    const { say, mayAnswer, readPause } = await openPlace();
    const first = await say("eve", NAMED);
    expect(await mayAnswer(first)).toBe(true);
    await say("joe", NAMED);
    expect(await readPause(first.conversationId)).toBe("shared");
    expect(await mayAnswer(first)).toBe(true);
    expect(await say("eve", OVERHEARD)).toMatchObject({ state: "suppressed" });
  });

  it("who began the thread is known from the first message to the assistant", async () => {
    const { say, mayAnswer } = await openPlace();
    expect(await mayAnswer(await say("eve", { ...NAMED, namesOthers: true }))).toBe(true);
    expect(await say("eve", OVERHEARD)).toMatchObject({ state: "suppressed" });
  });

  it("whose message is delivered again, or late, stops nothing that followed it", async () => {
    const { say, mayAnswer, readPause } = await openPlace();
    const { conversationId } = await say("eve", NAMED);
    const { message } = await say("joe", OVERHEARD);
    const repeated = {
      providerMessageId: message.providerMessageId,
      providerTime: message.providerTime ?? new Date(),
    };
    const named = await say("eve", NAMED);
    await say("joe", OVERHEARD, repeated);
    expect(await mayAnswer(named)).toBe(true);
    await resumeConversation(opened.db, conversationId);
    await say("joe", OVERHEARD, repeated);
    expect(await readPause(conversationId)).toBeNull();
  });

  it("does not end the pause of an operator, which no name of the assistant lifts", async () => {
    const { say, mayAnswer, readPause } = await openPlace();
    const { conversationId } = await say("eve", NAMED);
    await say("joe", OVERHEARD);
    expect(await pauseConversation(opened.db, conversationId, "operator")).not.toBeNull();
    await say("joe", OVERHEARD);
    expect(await readPause(conversationId)).toBe("operator");
    expect(await mayAnswer(await say("eve", NAMED))).toBe(false);
  });

  it("is reported to the tenant's systems once", async () => {
    const { say, scope } = await openPlace();
    await opened.db.execute(sql`INSERT INTO event_endpoints (id, tenant_id, url, secrets, types)
      VALUES (gen_random_uuid(), ${scope.tenantId}, 'https://events.test', ''::bytea, '{}')`);
    await say("eve", NAMED);
    await say("joe", OVERHEARD);
    await say("joe", OVERHEARD);
    const emitted = await opened.db.select().from(events).where(eq(events.tenantId, scope.tenantId));
    expect(emitted.filter(({ type }) => type === "conversation.paused")).toMatchObject([
      { data: { reason: "shared" } },
    ]);
  });
});

describe("a message in a group", () => {
  it("is for the assistant if it replies to one of our messages, by the vendor's id", async () => {
    const { say, scope } = await openPlace();
    const providerId = randomUUID();
    await opened.db.update(deliveries).set({ providerId }).where(eq(deliveries.turnId, scope.turnId));
    expect(await say("eve", { ...GROUP, repliesTo: providerId })).toMatchObject({ state: "pending" });
    expect(await say("eve", { ...GROUP, repliesTo: randomUUID() })).toMatchObject({ state: null });
    expect(await say("eve", { ...GROUP, repliesToUs: true })).toMatchObject({ state: "pending" });
  });

  it("that answers a contact silences the answer to that contact and to no other", async () => {
    const { say, mayAnswer } = await openPlace();
    const named: SharedPlace = { kind: "group", isNamed: true };
    const [eve, kim] = [await say("eve", named), await say("kim", named)];
    expect(await say("joe", { ...GROUP, repliesToContact: "eve" })).toMatchObject({
      state: null,
      silenced: [eve.conversationId],
    });
    expect([await mayAnswer(eve), await mayAnswer(kim)]).toEqual([false, true]);
    const { providerMessageId: repliesTo } = kim.message;
    expect(await say("joe", { ...GROUP, repliesTo })).toMatchObject({ silenced: [kim.conversationId] });
    expect(await say("kim", { ...GROUP, repliesTo })).toMatchObject({ state: null, silenced: [] });
  });
});
