import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isOptedOut } from "../../../db/contacts/consents.ts";
import { appendOutboundLine } from "../../../db/conversations/append-line.ts";
import { findConversationOwner } from "../../../db/conversations/open-conversation.ts";
import { storeInbound } from "../../../db/inbound/inbox.ts";
import type { ConsentRequest, NewInbound } from "../../../db/inbound/new-inbound.ts";
import { conversations, inbox } from "../../../db/schema/conversations.ts";
import { newMessage } from "../../support/new-message.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("stop_question", { maxConnections: 4 });
});
afterAll(() => opened.close());

/** A contact whose last line may be our question whether we shall stop. */
async function openContact({ isAsked }: { isAsked: boolean }) {
  const { db, vault } = opened;
  const account = { tenantId: "acme", channel: "whatsapp", accountId: randomUUID() };
  const from = `+1${randomUUID()}`;
  const write = async (keyword: ConsentRequest | null, fields: Partial<NewInbound> = {}) => {
    const message = newMessage(account, { from, keyword, ...fields });
    const { optsOut } = await storeInbound(db, vault, message);
    const [row] = await db
      .select({ keyword: inbox.keyword })
      .from(inbox)
      .where(eq(inbox.providerMessageId, message.providerMessageId));
    return { keyword: row?.keyword ?? null, optsOut };
  };
  const first = newMessage(account, { from });
  const { conversationId } = await storeInbound(db, vault, first);
  const owner = await findConversationOwner(db, account.tenantId, conversationId);
  if (isAsked)
    await db
      .update(conversations)
      .set({ stopAskedAt: new Date() })
      .where(eq(conversations.id, conversationId));
  return {
    write,
    isOut: async () => await isOptedOut(db, { ...account, addressHash: owner.addressHash }),
    sayMore: async () => {
      await db.transaction(async (tx) => {
        await appendOutboundLine(tx, vault, owner, { turnId: randomUUID(), text: "One more thing" });
      });
    },
  };
}

describe("after the question whether we shall stop", () => {
  it.each(["yes", "agreement", "maybe_stop", "stop"] as const)("%s opts the contact out", async (answer) => {
    const contact = await openContact({ isAsked: true });
    expect(await contact.write(answer)).toEqual({ keyword: "stop", optsOut: true });
    expect(await contact.isOut()).toBe(true);
  });

  it("a refusal changes no consent and is answered as one", async () => {
    const contact = await openContact({ isAsked: true });
    expect(await contact.write("refusal")).toEqual({ keyword: "go_on", optsOut: false });
    expect(await contact.isOut()).toBe(false);
  });

  it("the carriers' YES that answers it is answered by us, because the carrier takes it for a START", async () => {
    const contact = await openContact({ isAsked: true });
    expect(await contact.write("yes", { carrierWord: "start" })).toMatchObject({ keyword: "stop" });
    expect(await contact.isOut()).toBe(true);
  });

  it("only the next message is the answer", async () => {
    const contact = await openContact({ isAsked: true });
    expect(await contact.write(null)).toMatchObject({ keyword: null });
    expect(await contact.write("agreement")).toMatchObject({ keyword: null });
    expect(await contact.isOut()).toBe(false);
  });

  it("a later line of ours ends it", async () => {
    const contact = await openContact({ isAsked: true });
    await contact.sayMore();
    expect(await contact.write("agreement")).toMatchObject({ keyword: null });
    expect(await contact.isOut()).toBe(false);
  });
});

describe("without the question", () => {
  it.each(["yes", "agreement", "refusal"] as const)("%s is an ordinary message", async (answer) => {
    const contact = await openContact({ isAsked: false });
    expect(await contact.write(answer)).toEqual({ keyword: null, optsOut: false });
  });

  it("an unclear message is stored as one, and changes no consent", async () => {
    const contact = await openContact({ isAsked: false });
    expect(await contact.write("maybe_stop")).toEqual({ keyword: "maybe_stop", optsOut: false });
    expect(await contact.isOut()).toBe(false);
  });
});

describe("a word that the carrier has answered", () => {
  it.each([
    ["stop", "stop", "carrier_stop"],
    ["start", "start", "carrier_start"],
    ["help", "help", "carrier_help"],
    [null, "stop", "carrier_stop"],
    ["yes", "start", null],
    ["agent", "help", "agent"],
  ] as const)("%s, as %s at the carrier, is stored as %s", async (keyword, carrierWord, stored) => {
    const contact = await openContact({ isAsked: false });
    expect(await contact.write(keyword, { carrierWord })).toMatchObject({ keyword: stored });
  });

  it("YES of a contact who has opted out is answered by the carrier", async () => {
    const contact = await openContact({ isAsked: false });
    await contact.write("stop");
    expect(await contact.write("yes", { carrierWord: "start" })).toMatchObject({ keyword: "carrier_start" });
  });
});
