import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import { conversations } from "../../../db/schema/conversations.ts";
import { pauseConversation } from "../../../db/conversations/pause.ts";
import { eventually } from "../../support/eventually.ts";
import { findConversationOf } from "../../support/find-conversation.ts";
import { postTelegram } from "../../support/channels/send-telegram.ts";
import { postWhatsapp } from "../../support/channels/post-whatsapp.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";

const TEXT_ONLY = "I can only read text";

let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation();
});
afterAll(() => parley.close());

const awaitEnd = (id: string) =>
  eventually(`an end of ${id}`, async () =>
    (await findMessageOutcomes(parley.db, [id])).find(
      ({ state }) => state !== "pending" && state !== "in_turn",
    ),
  );
const countModelCalls = () => parley.openai.log.entries().length;

interface FakeMessage {
  to: string;
  text: string;
  details: Record<string, unknown>;
}
async function sentBy(vendor: "whatsapp" | "telegram", to: string): Promise<FakeMessage[]> {
  const response = await fetch(`${parley.vendors[vendor]}/__control/messages`);
  const { messages } = (await response.json()) as { messages: FakeMessage[] };
  return messages.filter((message) => message.to === to);
}

const stamp = () => String(Math.floor(Date.now() / 1000));
async function postContent(id: string, { from, ...content }: { from: string; type: string }) {
  expect(
    (await postWhatsapp(parley, { messages: [{ id, from, timestamp: stamp(), ...content }] })).status,
  ).toBe(200);
}
const voiceNote = (from: string) => ({
  from,
  type: "audio",
  audio: { id: "media.1", mime_type: "audio/ogg" },
});

describe("a message without words", () => {
  it("a voice note gets one sentence that offers an agent, without a call of the model", async () => {
    const from = "15550100301";
    const calls = countModelCalls();
    await postContent("wamid.voice-1", voiceNote(from));
    expect(await awaitEnd("wamid.voice-1")).toMatchObject({ state: "answered" });
    expect(await sentBy("whatsapp", from)).toMatchObject([
      { text: expect.stringContaining(TEXT_ONLY) as string },
    ]);
    expect(countModelCalls()).toBe(calls);
  });

  it("a voice note with a question after it is answered by the model", async () => {
    const from = "15550100302";
    const text = { from, type: "text", text: { body: "Can I return a bell?" } };
    await Promise.all([postContent("wamid.voice-2", voiceNote(from)), postContent("wamid.text-2", text)]);
    expect(await awaitEnd("wamid.text-2")).toMatchObject({ state: "answered" });
    const sent = await sentBy("whatsapp", from);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.text).not.toContain(TEXT_ONLY);
  });

  it("a cart asks an agent to join, and the assistant is silent", async () => {
    const from = "15550100303";
    const order = {
      from,
      type: "order",
      order: { product_items: [{ product_retailer_id: "bell-1", quantity: 2 }] },
    };
    await postContent("wamid.cart-1", order);
    expect(await awaitEnd("wamid.cart-1")).toMatchObject({ state: "answered" });
    expect(await sentBy("whatsapp", from)).toMatchObject([
      { text: expect.stringContaining("asked an agent") as string },
    ]);
    expect(await findConversationOf(parley.db, "wamid.cart-1")).toMatchObject({ pauseReason: "handoff" });
  });

  it("a reaction that a phone writes as a text is stored and gets no answer", async () => {
    const from = "+15550100304";
    const calls = countModelCalls();
    const { sid } = await parley.sendSms({ from, text: "Liked “We are open Tuesday to Friday.”" });
    expect(await findMessageOutcomes(parley.db, [sid])).toMatchObject([
      { state: "suppressed", reason: "reaction" },
    ]);
    expect(countModelCalls()).toBe(calls);
    expect(await parley.texts(from)).toEqual([]);
  });
});

describe("Telegram", () => {
  const contact = { id: 610_000_777, is_bot: false, first_name: "Ada" };

  it("a contact of a business account is answered in the name of the account", async () => {
    const message = {
      message_id: 5,
      business_connection_id: "c1",
      from: contact,
      chat: { id: contact.id, type: "private" },
      date: Math.floor(Date.now() / 1000),
      text: "Can I return a bell?",
    };
    expect((await postTelegram(parley, { business_message: message })).status).toBe(200);
    expect(await awaitEnd(`c1:${contact.id}:5`)).toMatchObject({ state: "answered" });
    expect(await sentBy("telegram", String(contact.id))).toMatchObject([
      { details: { business_connection_id: "c1" } },
    ]);
  });

  it("a group that becomes a supergroup keeps its conversations and their pause", async () => {
    const groupMessage = (chat: object, fields: object) => ({
      message: { from: contact, chat, date: Math.floor(Date.now() / 1000), ...fields },
    });
    const old = { id: -4_001, type: "group" };
    const next = { id: -1_004_001, type: "supergroup" };
    const mention = `@parley_fake_bot Can I return a bell?`;
    const entities = [{ type: "mention", offset: 0, length: 16 }];
    await postTelegram(parley, groupMessage(old, { message_id: 1, text: mention, entities }));
    await awaitEnd("-4001:1");
    const { id } = await findConversationOf(parley.db, "-4001:1");
    await pauseConversation(parley.db, id, "operator");
    await postTelegram(parley, groupMessage(old, { message_id: 2, migrate_to_chat_id: next.id }));
    const threads = async () =>
      await parley.db
        .select({
          id: conversations.id,
          thread: conversations.thread,
          pauseReason: conversations.pauseReason,
        })
        .from(conversations)
        .where(sql`${conversations.thread} IN ('-4001', '-1004001')`);
    expect(await threads()).toEqual([{ id, thread: "-1004001", pauseReason: "operator" }]);
    await postTelegram(parley, groupMessage(next, { message_id: 1, migrate_from_chat_id: old.id }));
    await postTelegram(parley, groupMessage(next, { message_id: 2, text: mention, entities }));
    expect(await awaitEnd("-1004001:2")).toMatchObject({
      state: "suppressed",
      reason: "conversation_paused",
    });
    expect(await threads()).toHaveLength(1);
  });
});
