import { z } from "zod";
import type { ChannelAccount } from "../../db/channel-account.ts";
import { isWhatsappUserId } from "../../infra/runtime/whatsapp-user-id.ts";
import type { OutboundChannel, OutboundOptions, OutboundPart, SendOutcome } from "./channel.ts";
import { chatDelayBeforeAttemptMs } from "./chat-schedule.ts";
import { classOfGraphCode, postToGraph } from "./meta/graph-call.ts";
import { splitText } from "./split-text.ts";
import { WHATSAPP_ERROR_CLASSES } from "./whatsapp-error-classes.ts";

/** WhatsApp's own limit on a text. */
const MAX_CHARACTERS = 4_096;
const DAY_MS = 24 * 3_600_000;

const ANSWER = z.looseObject({ messages: z.tuple([z.looseObject({ id: z.string().min(1) })], z.unknown()) });

/** WhatsApp's Cloud API. It takes no idempotency key and cannot be asked what was sent: a lost answer waits for a receipt. */
export function createWhatsappChannel({ egress, baseUrl, now }: OutboundOptions): OutboundChannel {
  const post = (account: ChannelAccount, content: object, signal: AbortSignal) =>
    postToGraph({
      egress,
      baseUrl,
      now,
      account,
      path: `${encodeURIComponent(account.externalId ?? account.sender)}/messages`,
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
      // A new number's throughput; Meta raises it by itself where the traffic is there.
      sender: { capacity: 80, refillPerSecond: 80 },
      // One message in 6 s to one person, with a burst that is paid back afterwards; beyond it comes error 131056.
      recipient: { capacity: 10, refillPerSecond: 1 / 6 },
    },
    classOfReceipt: (code) => classOfGraphCode(WHATSAPP_ERROR_CLASSES, code) ?? "permanent",
    delayBeforeAttemptMs: chatDelayBeforeAttemptMs,
    split: (text) => splitText(text, (part) => part.length <= MAX_CHARACTERS),
    async send(part, account, signal): Promise<SendOutcome> {
      const outcome = await post(account, messageOf(part), signal);
      if (outcome.kind !== "answered") return outcome;
      const answer = ANSWER.safeParse(outcome.answer);
      return answer.success
        ? { kind: "accepted", providerId: answer.data.messages[0].id }
        : { kind: "unknown", code: "answer_unreadable" };
    },
    /** WhatsApp shows it for 25 s or until the answer comes, and only as an answer to a message, which it marks as read. */
    async indicateTyping({ inReplyTo }, account, signal) {
      const messageId = inReplyTo.at(-1);
      if (messageId === undefined) return;
      const typing = { status: "read", message_id: messageId, typing_indicator: { type: "text" } };
      await post(account, typing, signal);
    },
  };
}

function messageOf(part: OutboundPart): object {
  return {
    recipient_type: "individual",
    // Where both are given `to` wins, so there is only ever one of them.
    ...(isWhatsappUserId(part.to) ? { recipient: part.to } : { to: part.to }),
    ...contentOf(part),
    // Comes back in every receipt of this message.
    biz_opaque_callback_data: part.deliveryId,
  };
}

function contentOf({ text, template }: OutboundPart): object {
  if (template === undefined) return { type: "text", text: { body: text, preview_url: false } };
  const { name, language } = template;
  // A parameter with a line break, a tab or more than four spaces in a row is refused.
  const parameters = [{ type: "text", text: text.replace(/\s+/g, " ").trim() }];
  const components = [{ type: "body", parameters }];
  return { type: "template", template: { name, language: { code: language }, components } };
}
