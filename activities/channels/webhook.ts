import type { EgressResponse } from "../../infra/runtime/egress-guard.ts";
import { signStandardWebhook } from "../../infra/runtime/standard-webhooks.ts";
import type { OutboundChannel, OutboundOptions, OutboundPart, RefusalClass, SendOutcome } from "./channel.ts";
import { failedOutcome } from "./failed-outcome.ts";
import { retryAfterMs } from "./retry-after.ts";
import { splitText } from "./split-text.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Standard Webhooks 1.0.0: waits between attempts, about 75.6 h in all. */
const SCHEDULE_MS = [
  0,
  5_000,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];
/** Receivers that come back together are not all hit at once. */
const JITTER = 0.1;
/** The specification advises payloads below 20 kB; the rest is for ids and the titles of sources. */
const MAX_TEXT_BYTES = 16_000;
const THROTTLED = new Set([429, 502, 503, 504]);

/** Replies as signed webhooks: the receiver drops a repeated `webhook-id`, so an ambiguous send is simply repeated. */
export function createWebhookChannel({
  egress,
  now,
  random,
}: Omit<OutboundOptions, "baseUrl">): OutboundChannel {
  return {
    name: "webhook",
    deliveryClass: "idempotency-key",
    // What the receiver hands on to a person may come to an end later: it tells so by `message.receipt`.
    receipts: true,
    replyWindowMs: null,
    // The receiver says 429 when it has had enough; these bound only a loop.
    rates: {
      sender: { capacity: 1_000, refillPerSecond: 500 },
      recipient: { capacity: 50, refillPerSecond: 10 },
    },
    // The codes are the receiver's own words; sent again, the same id would be dropped.
    classOfReceipt: () => "permanent",
    split: (text) => splitText(text, (part) => Buffer.byteLength(JSON.stringify(part)) <= MAX_TEXT_BYTES),
    delayBeforeAttemptMs(attempt) {
      const delay = SCHEDULE_MS[attempt - 1];
      return delay === undefined ? null : Math.round(delay * (1 + JITTER * random()));
    },
    async send(part, account, signal): Promise<SendOutcome> {
      const body = bodyOf(part);
      const timestamp = Math.floor(now().getTime() / 1000);
      const content = { id: part.deliveryId, timestamp, body };
      const headers = {
        "content-type": "application/json",
        "user-agent": "Parley",
        "webhook-id": content.id,
        "webhook-timestamp": String(timestamp),
        "webhook-signature": signStandardWebhook({ ...content, secrets: account.secrets.outbound }),
      };
      try {
        const response = await egress.request({ method: "POST", url: account.sender, headers, body, signal });
        return outcomeOf(part, response, now());
      } catch (error) {
        return failedOutcome(error);
      }
    },
  };
}

/** The same bytes on every attempt; only header time and signature are fresh. */
function bodyOf(part: OutboundPart): string {
  return JSON.stringify({
    type: "message.reply",
    timestamp: part.firstAttemptAt.toISOString(),
    data: {
      conversation_id: part.conversationId,
      to: part.to,
      ...(part.thread === "" ? {} : { thread: part.thread }),
      author: part.author,
      text: part.text,
      part: part.part,
      parts: part.parts,
      in_reply_to: part.inReplyTo,
      sources: part.sources,
    },
  });
}

function outcomeOf(part: OutboundPart, { status, headers }: EgressResponse, now: Date): SendOutcome {
  if (status >= 200 && status < 300) return { kind: "accepted", providerId: part.deliveryId };
  const wait = retryAfterMs(headers["retry-after"], now);
  return { kind: "refused", class: classOf(status), code: `http_${status}`, retryAfterMs: wait };
}

/** A redirect is a failure like any other, never followed: the new address was not checked, and it may be a mistake that is mended. */
function classOf(status: number): RefusalClass {
  if (status === 410) return "gone";
  if (THROTTLED.has(status)) return "throttle";
  if (status >= 500 || status === 408 || status === 425 || status < 400) return "retry";
  return status === 401 || status === 403 ? "config" : "permanent";
}
