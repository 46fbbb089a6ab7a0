import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type NewAgentReply, storeAgentReply } from "../../../db/agents/store-agent-reply.ts";
import { handBackConversation } from "../../../db/conversations/takeover.ts";
import { settleAttempt } from "../../../db/delivery/settle-attempt.ts";
import { conversations } from "../../../db/schema/conversations.ts";
import { contacts } from "../../../db/schema/contacts.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { turns } from "../../../db/schema/turns.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { type SeededTurn, seedTurn } from "../../support/seed-turns.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("agent_replies", { maxConnections: 6 });
});
afterAll(() => opened.close());

function replyOf({ scope, address }: SeededTurn, fields: Partial<NewAgentReply> = {}): NewAgentReply {
  const { tenantId, channel, accountId } = scope;
  const account = { tenantId, channel, accountId, thread: "", mayOpen: true };
  return {
    ...account,
    to: address,
    providerMessageId: randomUUID(),
    text: "Anna here.",
    providerTime: null,
    ...fields,
  };
}

const echoOf = (seeded: SeededTurn, fields: Partial<NewAgentReply> = {}) =>
  replyOf(seeded, { mayBeOurs: true, ...fields });
const store = async (reply: NewAgentReply) => (await storeAgentReply(opened.db, opened.vault, reply)).outcome;
const seed = async () => await seedTurn(opened.db, opened.vault);

async function readTakeover({ scope: { conversationId } }: SeededTurn): Promise<string | null> {
  const [row] = await opened.db.select().from(conversations).where(eq(conversations.id, conversationId));
  return row?.takenOverBy ?? null;
}

/** The part of the seeded reply is on its way, as the gate leaves it. */
async function beginSend({ part }: SeededTurn): Promise<{ id: string; attempt: number }> {
  const now = new Date();
  const sending = { state: "sending", attempt: 1, firstAttemptAt: now, attemptedAt: now } as const;
  await opened.db.update(deliveries).set(sending).where(eq(deliveries.id, part.id));
  return { ...part, attempt: 1 };
}

describe("an echo that does not say who sent it", () => {
  it("is ours if a send has its id", async () => {
    const seeded = await seed();
    const part = await beginSend(seeded);
    await settleAttempt(opened.db, part, { state: "accepted", providerId: "m-ours" });
    expect(await store(echoOf(seeded, { providerMessageId: "m-ours", text: "An answer." }))).toBe("own");
    expect(await readTakeover(seeded)).toBeNull();
  });

  it("is an agent's if no send has its id, also where the agent writes what the assistant wrote", async () => {
    const seeded = await seed();
    const part = await beginSend(seeded);
    await settleAttempt(opened.db, part, { state: "accepted", providerId: randomUUID() });
    expect(await store(echoOf(seeded, { text: "An answer." }))).toBe("stored");
    expect(await readTakeover(seeded)).toBe("vendor_inbox");
  });

  it("is ours if it overtakes the commit of its send", async () => {
    const seeded = await seed();
    const part = await beginSend(seeded);
    // The vendor has formatted the text, so only the id shows it.
    const outcome = store(echoOf(seeded, { providerMessageId: "m-late", text: "Another text" }));
    await sleep(300);
    await settleAttempt(opened.db, part, { state: "accepted", providerId: "m-late" });
    expect(await outcome).toBe("own");
    expect(await readTakeover(seeded)).toBeNull();
  });

  it("is an agent's if the send that it may belong to ends with another id", async () => {
    const seeded = await seed();
    const part = await beginSend(seeded);
    const outcome = store(echoOf(seeded));
    await sleep(300);
    await settleAttempt(opened.db, part, { state: "accepted", providerId: randomUUID() });
    expect(await outcome).toBe("stored");
    expect(await readTakeover(seeded)).toBe("vendor_inbox");
  });

  it("is an agent's if a send to the contact has no outcome for seconds", async () => {
    const seeded = await seed();
    await beginSend(seeded);
    expect(await store(echoOf(seeded))).toBe("stored");
  });

  it.each(["sending", "unknown", "refused"] as const)(
    "is ours if it has the words of a send that is %s",
    async (state) => {
      const seeded = await seed();
      const part = await beginSend(seeded);
      await settleAttempt(opened.db, part, { state });
      expect(await store(echoOf(seeded, { text: " *An*  answer. " }))).toBe("own");
    },
  );

  it("is an agent's if it has no words, as a picture has none", async () => {
    const seeded = await seed();
    const part = await beginSend(seeded);
    await settleAttempt(opened.db, part, { state: "unknown" });
    expect(await store(echoOf(seeded, { text: "" }))).toBe("stored");
  });

  it("is an agent's if the contact is unknown to us", async () => {
    const seeded = await seed();
    const to = `stranger-${randomUUID()}`;
    expect(await store(echoOf(seeded, { to }))).toBe("stored");
    expect(await store(replyOf(seeded, { to: `${to}-2`, mayOpen: false }))).toBe("not_addressed");
  });
});

describe("a message of an agent", () => {
  it("that is delivered again takes over once, also after a hand-back", async () => {
    const seeded = await seed();
    const { conversationId } = seeded.scope;
    const echo = echoOf(seeded);
    expect([await store(echo), await store(echo)]).toEqual(["stored", "duplicate"]);
    await handBackConversation(opened.db, conversationId);
    expect(await store(echo)).toBe("duplicate");
    expect(await readTakeover(seeded)).toBeNull();
  });

  it("from before the hand-back that arrives after it stays in the transcript and undoes nothing", async () => {
    const seeded = await seed();
    const { conversationId } = seeded.scope;
    await store(replyOf(seeded));
    const written = new Date(Date.now() - 5_000);
    await handBackConversation(opened.db, conversationId);
    expect(await store(replyOf(seeded, { providerTime: written }))).toBe("stored");
    expect(await readTakeover(seeded)).toBeNull();
    expect(await store(replyOf(seeded, { providerTime: new Date(Date.now() + 1_000) }))).toBe("stored");
    expect(await readTakeover(seeded)).toBe("vendor_inbox");
  });

  it("silences the assistant also for a contact whose keys were destroyed", async () => {
    const seeded = await seed();
    const { conversationId, contactId } = seeded.scope;
    await opened.db.update(conversations).set({ thread: "club" }).where(eq(conversations.id, conversationId));
    await opened.db.update(contacts).set({ dataKey: null }).where(eq(contacts.id, contactId));
    expect(await store(replyOf(seeded, { to: null, thread: "club" }))).toBe("stored");
    expect(await readTakeover(seeded)).toBe("vendor_inbox");
  });

  it("in a shared place takes over the conversations of that place and no other", async () => {
    const [seeded, elsewhere] = [await seed(), await seed()];
    const { conversationId } = seeded.scope;
    await opened.db.update(conversations).set({ thread: "club" }).where(eq(conversations.id, conversationId));
    const reply = replyOf(seeded, { to: null, thread: "club" });
    expect([await store(reply), await store(reply)]).toEqual(["stored", "duplicate"]);
    expect([await readTakeover(seeded), await readTakeover(elsewhere)]).toEqual(["vendor_inbox", null]);
    expect(await store({ ...reply, thread: "no such place" })).toBe("not_addressed");
    const closed = await opened.db.select().from(turns).where(eq(turns.conversationId, conversationId));
    expect(closed.filter(({ kind }) => kind === "agent")).toHaveLength(1);
  });
});
