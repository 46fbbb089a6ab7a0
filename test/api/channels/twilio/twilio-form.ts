import { twilioSms } from "../../../../api/channels/twilio-sms.ts";
import { NOW, sampleAccount } from "../../../support/channels/samples.ts";

export const URL_OF_ACCOUNT = "https://chat.example.com/webhooks/twilio-sms/main";
const SID = `AC${"a".repeat(32)}`;
export const MESSAGE = {
  MessageSid: `SM${"0".repeat(32)}`,
  AccountSid: SID,
  From: "+15005550006",
  To: "+15005550001",
  Body: "Hi & bye ✓",
  NumMedia: "0",
  SmsStatus: "received",
};
export const ACCOUNT = sampleAccount({
  channel: "twilio-sms",
  externalId: SID,
  secrets: { inbound: ["new-token", "old-token"], outbound: ["new-token"] },
});

export function requestOf(fields: Record<string, string>, headers: Record<string, string | string[]> = {}) {
  return {
    url: URL_OF_ACCOUNT,
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    rawBody: Buffer.from(new URLSearchParams(fields).toString()),
    receivedAt: NOW,
  };
}

/** The text message, with these fields changed. */
export const parse = (changes: Record<string, string> = {}) =>
  twilioSms.parse(requestOf({ ...MESSAGE, ...changes }), ACCOUNT);

/** The text message without these fields, and with those. */
export function parseWithout(names: readonly string[], changes: Record<string, string> = {}) {
  const fields = Object.entries({ ...MESSAGE, ...changes }).filter(([name]) => !names.includes(name));
  return twilioSms.parse(requestOf(Object.fromEntries(fields)), ACCOUNT);
}
