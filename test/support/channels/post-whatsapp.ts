import { signMetaBody } from "../../../infra/runtime/signatures/meta-signature.ts";
import type { Installation } from "../open-installation.ts";

/** Posts one change of the number of the account, signed as Meta does: `{ messages: […] }` or `{ statuses: […] }`. */
export async function postWhatsapp(
  { url, config }: Pick<Installation, "url" | "config">,
  value: object,
): Promise<Response> {
  const metadata = { phone_number_id: config.WHATSAPP_PHONE_NUMBER_ID, display_phone_number: "15550100" };
  const changes = [{ field: "messages", value: { messaging_product: "whatsapp", metadata, ...value } }];
  const rawBody = Buffer.from(JSON.stringify({ object: "whatsapp_business_account", entry: [{ changes }] }));
  const headers = {
    "x-hub-signature-256": signMetaBody({ rawBody, secret: config.WHATSAPP_APP_SECRET ?? "" }),
  };
  return await fetch(`${url}/webhooks/whatsapp/main`, { method: "POST", headers, body: rawBody });
}

/** A text message from a phone number, sent just now. */
export function whatsappText({ id, from, body }: { id: string; from: string; body: string }): object {
  const timestamp = String(Math.floor(Date.now() / 1000));
  return { messages: [{ id, from, timestamp, type: "text", text: { body } }] };
}
