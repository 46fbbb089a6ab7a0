import type { WebhookReply } from "../../infra/channels/vendors/webhook-reply.ts";
import type { OutboundChannel, OutboundOptions, ReplyPart, SendOutcome } from "./channel.ts";
import { postSignedWebhook } from "./webhook/post-signed-webhook.ts";
import { OWN_RATES } from "./own-rates.ts";
import { createSplit } from "./notation/create-split.ts";
import { webhookDelayBeforeAttemptMs } from "./webhook/webhook-schedule.ts";

/** The specification advises payloads below 20 kB. The rest is for ids and the titles of sources. */
const MAX_TEXT_BYTES = 16_000;

/** Replies as signed webhooks. The receiver drops a repeated `webhook-id`, so a send with an unknown outcome is repeated. */
export function createWebhookChannel({
  egress,
  now,
  random,
}: Omit<OutboundOptions, "baseUrl">): OutboundChannel {
  return {
    name: "webhook",
    deliveryClass: "idempotency-key",
    // The receiver reports later states of a message by `message.receipt`.
    receipts: true,
    replyWindowMs: null,
    rates: OWN_RATES,
    // The codes are the receiver's own. A second send with the same id would be dropped.
    classifyReceipt: () => "permanent",
    ...createSplit("plain", (text) => Buffer.byteLength(JSON.stringify(text)) <= MAX_TEXT_BYTES),
    delayBeforeAttemptMs: (attempt) => webhookDelayBeforeAttemptMs(attempt, random),
    async send(part, account, signal): Promise<SendOutcome> {
      const { deliveryId: id } = part;
      const secrets = account.secrets.outbound;
      return await postSignedWebhook({
        egress,
        url: account.address,
        id,
        body: formatBody(part),
        secrets,
        now: now(),
        signal,
      });
    },
  };
}

/** The same bytes on every attempt. Only the time and signature in the headers differ. */
function formatBody(part: ReplyPart): string {
  const body: WebhookReply = {
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
      in_reply_to: [...part.inReplyTo],
      sources: [...part.sources],
    },
  };
  return JSON.stringify(body);
}
