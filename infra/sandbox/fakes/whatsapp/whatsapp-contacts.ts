import { randomBytes } from "node:crypto";
import { signMetaBody } from "../../../runtime/signatures/meta-signature.ts";
import { createJsonPost } from "../contacts/json-post.ts";
import type { FakeContacts } from "../contacts/fake-contacts.ts";

/** WhatsApp's Cloud API. */
export const whatsappContacts: FakeContacts = {
  address: { pattern: /^[1-9]\d{6,14}$/, rule: "a number without its plus sign, such as 15555000001" },
  createAddress: (number) => `1555${5_000_000 + number}`,
  signMessage(config, { from, text }) {
    const id = `wamid.${randomBytes(27).toString("base64")}`;
    const timestamp = String(Math.floor(Date.now() / 1000));
    return createJsonPost(config, {
      channel: "whatsapp",
      providerMessageId: id,
      content: bodyOf(config.WHATSAPP_PHONE_NUMBER_ID, {
        contacts: [{ wa_id: from, profile: { name: "Somebody" } }],
        messages: [{ id, from, timestamp, type: "text", text: { body: text } }],
      }),
      createSignatureHeaders: (rawBody) => ({
        "x-hub-signature-256": signMetaBody({ rawBody, secret: config.WHATSAPP_APP_SECRET ?? "" }),
      }),
    });
  },
};

function bodyOf(id: string | undefined, happened: object): object {
  const metadata = { phone_number_id: id, display_phone_number: "15550100103" };
  const value = { messaging_product: "whatsapp", metadata, ...happened };
  return { object: "whatsapp_business_account", entry: [{ id, changes: [{ field: "messages", value }] }] };
}
