import type { SentMessage } from "./message-store.ts";
import { smsSegmentCount } from "./sms-segment-count.ts";

export type MessageStatus = "queued" | "delivered";

/** A message in Twilio's API: "queued" in the response to the send and for some time, "delivered" afterwards. */
export function formatMessage(message: SentMessage, status: MessageStatus) {
  const isService = message.from.startsWith("MG");
  const created = rfc2822(message.time);
  return {
    sid: message.sid,
    account_sid: message.accountSid,
    api_version: "2010-04-01",
    status,
    direction: "outbound-api",
    to: message.to,
    from: isService ? null : message.from,
    messaging_service_sid: isService ? message.from : null,
    body: message.body,
    num_segments: String(smsSegmentCount(message.body)),
    num_media: "0",
    price: null,
    price_unit: "USD",
    error_code: null,
    error_message: null,
    date_created: created,
    date_updated: created,
    date_sent: status === "queued" ? null : created,
    uri: `/2010-04-01/Accounts/${message.accountSid}/Messages/${message.sid}.json`,
  };
}

function rfc2822(time: string): string {
  return new Date(time).toUTCString().replace("GMT", "+0000");
}
