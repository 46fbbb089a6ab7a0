import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linkContacts } from "../../../db/contacts/list-contacts.ts";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import { conversations } from "../../../db/schema/conversations.ts";
import { eventually } from "../../support/eventually.ts";
import { findConversationOf } from "../../support/find-conversation.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";
import { sendTelegram } from "../../support/channels/send-telegram.ts";
import { postWhatsapp, whatsappText } from "../../support/channels/post-whatsapp.ts";

const CHAT = 4_200_001;
const NUMBER = "+15550100171";
const DAY_MS = 86_400_000;

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
const whatsappTexts = async () =>
  ((await (await fetch(`${parley.vendors.whatsapp}/__control/messages`)).json()) as { messages: object[] })
    .messages;
const lastPrompt = () => JSON.stringify(parley.openai.log.entries().at(-1)?.body);

describe("a contact on two channels that the business has linked", () => {
  it("the prompt contains the linked contact's messages of the other channel, and no others", async () => {
    const stranger = await sendTelegram(parley, { chat: 4_200_099, text: "I look for a unicycle" });
    await awaitEnd(stranger.id);
    const chat = await sendTelegram(parley, { chat: CHAT, text: "I bought the green tandem" });
    await awaitEnd(chat.id);
    const before = await parley.sendSms({ from: NUMBER, text: "Can I return it?" });
    await awaitEnd(before.sid);
    expect(lastPrompt()).not.toContain("green tandem");
    const [telegram, sms] = [
      await findConversationOf(parley.db, chat.id),
      await findConversationOf(parley.db, before.sid),
    ];
    const { PARLEY_TENANT: tenantId } = parley.config;
    await linkContacts(parley.db, tenantId, [telegram.contactId, sms.contactId]);
    const after = await parley.sendSms({ from: NUMBER, text: "And until when?" });
    await awaitEnd(after.sid);
    expect(lastPrompt()).toContain("green tandem");
    expect(lastPrompt()).not.toContain("unicycle");
  });

  it("the reply goes to the other channel when the reply window of this channel has closed", async () => {
    const { PARLEY_TENANT: tenantId } = parley.config;
    const from = "15550100172";
    await postWhatsapp(parley, whatsappText({ id: "wamid.first", from, body: "Hello" }));
    await awaitEnd("wamid.first");
    const whatsapp = await findConversationOf(parley.db, "wamid.first");
    const sms = await parley.sendSms({ from: "+15550100172", text: "Hello by SMS" });
    await awaitEnd(sms.sid);
    const smsContact = (await findConversationOf(parley.db, sms.sid)).contactId;
    await linkContacts(parley.db, tenantId, [whatsapp.contactId, smsContact]);
    // The reply window closes during the model call: the last message of the contact is a day old when the reply is ready.
    parley.openai.faults.replace([
      { match: { path: "/v1/responses" }, times: 1, fault: { delay_ms: 5_000 } },
    ]);
    const late = "wamid.late";
    await postWhatsapp(parley, whatsappText({ id: late, from, body: "Can I return a bell?" }));
    await eventually("the model call", async () => parley.openai.faults.list()[0]?.fired === 1);
    await parley.db
      .update(conversations)
      .set({ lastInboundAt: new Date(Date.now() - DAY_MS) })
      .where(eq(conversations.id, whatsapp.id));
    expect(await awaitEnd(late)).toMatchObject({ state: "suppressed", reason: "sent_elsewhere" });
    const texts = await eventually("the reply by SMS", async () => {
      const all = await parley.texts("+15550100172");
      return all.length === 2 ? all : null;
    });
    expect(texts[1]?.body).not.toBe("");
    expect(await whatsappTexts()).toHaveLength(1);
  });
});
