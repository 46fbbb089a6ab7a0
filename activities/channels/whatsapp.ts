import { z } from "zod";
import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import { isWhatsappUserId } from "../../infra/channels/whatsapp.ts";
import type { OutboundChannel, OutboundOptions, ReplyPart, SendOutcome } from "./channel.ts";
import { chatDelayBeforeAttemptMs } from "./chat-schedule.ts";
import { createSplit } from "./notation/create-split.ts";
import { classifyGraphCode, postToGraph } from "./meta/graph-call.ts";
import { WHATSAPP_ERROR_CLASSES } from "./meta/whatsapp-error-classes.ts";

/** WhatsApp's own limit on a text. */
const MAX_CHARACTERS = 4_096;
const DAY_MS = 24 * 3_600_000;

const SENT = z.looseObject({ messages: z.tuple([z.looseObject({ id: z.string().min(1) })], z.unknown()) });

/**
 * WhatsApp's Cloud API. It takes no idempotency key and cannot be asked what was sent: after a lost response only a receipt shows
 * the outcome.
 */
export function createWhatsappChannel({ egress, baseUrl, now }: OutboundOptions): OutboundChannel {
  const post = (account: ChannelAccount, content: object, signal: AbortSignal) =>
    postToGraph({
      egress,
      baseUrl,
      now,
      account,
      path: `${encodeURIComponent(account.externalId ?? account.address)}/messages`,
      body: { messaging_product: "whatsapp", ...content },
      signal,
      classes: WHATSAPP_ERROR_CLASSES,
    });
  return {
    name: "whatsapp",
    deliveryClass: "at-most-once",
    receipts: true,
    replyWindowMs: DAY_MS,
    rates: {
      // The throughput of a new number. Meta raises it automatically with the traffic.
      account: { capacity: 80, refillPerSecond: 80 },
      // One message in 6 s to one contact, with a burst that lowers the rate afterwards. A higher rate gives error 131056.
      recipient: { capacity: 10, refillPerSecond: 1 / 6 },
    },
    classifyReceipt: (code) => classifyGraphCode(WHATSAPP_ERROR_CLASSES, code) ?? "permanent",
    delayBeforeAttemptMs: chatDelayBeforeAttemptMs,
    ...createSplit("whatsapp", (text) => text.length <= MAX_CHARACTERS),
    async send(part, account, signal): Promise<SendOutcome> {
      const outcome = await post(account, formatMessage(part), signal);
      if (outcome.kind !== "responded") return outcome;
      const sent = SENT.safeParse(outcome.body);
      return sent.success
        ? { kind: "accepted", providerId: sent.data.messages[0].id }
        : { kind: "unknown", code: "response_unreadable" };
    },
    /** WhatsApp shows it for 25 s or until the reply arrives, and only as part of a read mark for a message. */
    async indicateTyping({ inReplyTo }, account, signal) {
      const messageId = inReplyTo.at(-1);
      if (messageId === undefined) return;
      const typing = { status: "read", message_id: messageId, typing_indicator: { type: "text" } };
      await post(account, typing, signal);
    },
  };
}

function formatMessage(part: ReplyPart): object {
  return {
    recipient_type: "individual",
    // Only one of them is ever set: if both were, `to` would win.
    ...(isWhatsappUserId(part.to) ? { recipient: part.to } : { to: part.to }),
    ...formatContent(part),
    // Every receipt of this message returns it.
    biz_opaque_callback_data: part.deliveryId,
  };
}

function formatContent({ text, template }: ReplyPart): object {
  if (template === undefined) return { type: "text", text: { body: text, preview_url: false } };
  const { name, language } = template;
  // WhatsApp refuses a parameter with a line break, a tab or more than four spaces in a row.
  const parameters = [{ type: "text", text: text.replace(/\s+/g, " ").trim() }];
  const components = [{ type: "body", parameters }];
  return { type: "template", template: { name, language: { code: language }, components } };
}
