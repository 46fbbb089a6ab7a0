import { randomBytes } from "node:crypto";
import { slackMessageId } from "../../../../api/channels/slack/slack-envelope.ts";
import type { Config } from "../../../../infra/runtime/config/config.ts";

export interface InboundBody {
  providerMessageId: string;
  body: string;
}

/** The body of a message as the vendor posts it. The number identifies both contact and message. */
export type InboundBodyOf = (number: number, config: Config) => InboundBody;

/** The sample documents contain the answer. */
export const QUESTION = "Do you repair e-bikes, and what does it cost?";

export const twilioBody =
  (prefix: "" | "whatsapp:"): InboundBodyOf =>
  (number, config) => {
    const providerMessageId = `SM${randomBytes(16).toString("hex")}`;
    const own = prefix === "" ? config.TWILIO_FROM : config.TWILIO_WHATSAPP_FROM;
    const form = new URLSearchParams({
      MessageSid: providerMessageId,
      AccountSid: config.TWILIO_ACCOUNT_SID ?? "",
      From: `${prefix}+1500${String(5_000_000 + number)}`,
      To: `${prefix}${own}`,
      Body: QUESTION,
      NumMedia: "0",
      SmsStatus: "received",
    });
    return { providerMessageId, body: form.toString() };
  };

export const whatsappBody: InboundBodyOf = (number, config) => {
  const providerMessageId = `wamid.${number}`;
  const from = `1500${String(5_000_000 + number)}`;
  const metadata = {
    display_phone_number: "15550100103",
    phone_number_id: config.WHATSAPP_PHONE_NUMBER_ID,
  };
  const value = {
    messaging_product: "whatsapp",
    metadata,
    contacts: [{ profile: { name: "Ada" }, wa_id: from }],
    messages: [{ from, id: providerMessageId, timestamp: seconds(), type: "text", text: { body: QUESTION } }],
  };
  const entry = [{ id: "1021", changes: [{ field: "messages", value }] }];
  return { providerMessageId, body: JSON.stringify({ object: "whatsapp_business_account", entry }) };
};

export const messagingBody =
  (object: "page" | "instagram"): InboundBodyOf =>
  (number, config) => {
    const providerMessageId = `m_${object}_${number}`;
    const own = object === "page" ? config.FACEBOOK_PAGE_ID : config.INSTAGRAM_ACCOUNT_ID;
    const timestamp = Date.now();
    const parties = { sender: { id: String(6_200_000_000_000_000 + number) }, recipient: { id: own } };
    const messaging = [{ ...parties, timestamp, message: { mid: providerMessageId, text: QUESTION } }];
    const entry = [{ id: own, time: timestamp, messaging }];
    return { providerMessageId, body: JSON.stringify({ object, entry }) };
  };

export const telegramBody: InboundBodyOf = (number) => {
  const id = 6_100_000_000 + number;
  const message = {
    message_id: number,
    date: Number(seconds()),
    from: { id, is_bot: false, first_name: "Ada" },
    chat: { id, type: "private", first_name: "Ada" },
    text: QUESTION,
  };
  return {
    providerMessageId: `${id}:${number}`,
    body: JSON.stringify({ update_id: 9_000_000 + number, message }),
  };
};

export const slackBody: InboundBodyOf = (number, config) => {
  const channel = `D0BENCH${number}`;
  const ts = `${seconds()}.${String(number % 1_000_000).padStart(6, "0")}`;
  const message = {
    type: "message",
    channel,
    channel_type: "im",
    user: `U0BENCH${number}`,
    ts,
    text: QUESTION,
  };
  const envelope = { type: "event_callback", team_id: config.SLACK_TEAM_ID, event_id: `Ev${number}` };
  return {
    providerMessageId: slackMessageId({ channel }, ts),
    body: JSON.stringify({ ...envelope, event: message }),
  };
};

export const webhookBody: InboundBodyOf = (number) => {
  const data = { from: `visitor-${number}`, text: QUESTION };
  return {
    providerMessageId: `in_${number}`,
    body: JSON.stringify({ type: "message.received", timestamp: new Date().toISOString(), data }),
  };
};

function seconds(): string {
  return String(Math.floor(Date.now() / 1000));
}
