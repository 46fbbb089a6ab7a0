import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { ChannelName } from "../../../../db/tenants/channel-account.ts";
import type { Config } from "../../../runtime/config/config.ts";
import { signTwilioRequest } from "../../../runtime/signatures/twilio-signature.ts";
import { DEFAULT_ACCOUNT } from "../../../channels/configured-accounts.ts";
import { webhookUrl } from "../../../channels/webhook-url.ts";
import type { ReadReply } from "../contacts/read-reply.ts";
import type { SignedPost } from "../contacts/fake-contacts.ts";

const CONTENT_TYPE = "application/x-www-form-urlencoded";

/** A received message as Twilio posts it, by SMS and by WhatsApp. `fields` are the ones that differ. */
export function createTwilioForm(
  config: Config,
  channel: ChannelName,
  fields: Readonly<Record<string, string>>,
): SignedPost {
  const providerMessageId = `SM${randomBytes(16).toString("hex")}`;
  const url = webhookUrl(config.PUBLIC_BASE_URL, { channel, accountId: DEFAULT_ACCOUNT });
  const common = { MessageSid: providerMessageId, AccountSid: config.TWILIO_ACCOUNT_SID ?? "" };
  const body = new URLSearchParams({ ...common, NumMedia: "0", SmsStatus: "received", ...fields }).toString();
  const signed = { url, rawBody: Buffer.from(body), contentType: CONTENT_TYPE };
  const signature = signTwilioRequest({ ...signed, token: config.TWILIO_AUTH_TOKEN ?? "" });
  const headers = { "content-type": CONTENT_TYPE, "x-twilio-signature": signature };
  return { providerMessageId, url, headers, body };
}

const MESSAGE = z.looseObject({ sid: z.string(), to: z.string(), body: z.string() });
const WHATSAPP = "whatsapp:";

export const readTwilioReply: ReadReply = (entry) => {
  const { sid: id, to, body: text } = MESSAGE.parse(entry);
  if (!to.startsWith(WHATSAPP)) return { channel: "twilio-sms", id, to, text };
  return { channel: "twilio-whatsapp", id, to: to.slice(WHATSAPP.length), text };
};
