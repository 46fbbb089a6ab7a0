import { z } from "zod";
import type { ChannelAccount } from "../../../db/channel-account.ts";
import type { OutboundChannel, OutboundOptions, OutboundPart, SendOutcome } from "../channel.ts";
import { chatDelayBeforeAttemptMs } from "../chat-schedule.ts";
import { MESSENGER_ERROR_CLASSES } from "../messenger-error-classes.ts";
import { splitText } from "../split-text.ts";
import { postToGraph } from "./graph-call.ts";

const DAY_MS = 24 * 3_600_000;

const ANSWER = z.looseObject({ message_id: z.string().min(1) });

export interface MessagingProduct {
  name: string;
  /** Whether the product takes this text in one message. */
  fits(text: string): boolean;
}

/** The Send API, the same for Messenger and Instagram. It takes no idempotency key, so a lost answer stays open. */
export function createMessagingChannel(
  { egress, baseUrl, now }: OutboundOptions,
  { name, fits }: MessagingProduct,
): OutboundChannel {
  const post = (account: ChannelAccount, body: object, signal: AbortSignal) =>
    postToGraph({
      egress,
      baseUrl,
      now,
      account,
      // Without an id it is the page or account that the token belongs to.
      path: `${encodeURIComponent(account.externalId ?? "me")}/messages`,
      body,
      signal,
      classes: MESSENGER_ERROR_CLASSES,
    });
  return {
    name,
    deliveryClass: "at-most-once",
    receipts: true,
    replyWindowMs: DAY_MS,
    humanReplyWindowMs: 7 * DAY_MS,
    rates: {
      // The Send API's limit on text, per page or account.
      sender: { capacity: 300, refillPerSecond: 300 },
      // Meta names none per person: a long reply goes at once, a loop does not.
      recipient: { capacity: 10, refillPerSecond: 1 },
    },
    delayBeforeAttemptMs: chatDelayBeforeAttemptMs,
    split: (text) => splitText(text, fits),
    async send(part, account, signal): Promise<SendOutcome> {
      const outcome = await post(account, messageOf(part), signal);
      if (outcome.kind !== "answered") return outcome;
      const answer = ANSWER.safeParse(outcome.answer);
      return answer.success
        ? { kind: "accepted", providerId: answer.data.message_id }
        : { kind: "unknown", code: "answer_unreadable" };
    },
    async indicateTyping({ to }, account, signal) {
      await post(account, { recipient: { id: to }, sender_action: "typing_on" }, signal);
    },
  };
}

function messageOf({ to, text, author }: OutboundPart): object {
  return { recipient: { id: to }, ...REASONS[author], message: { text } };
}

/**
 * Only a person's own words may carry the tag, and it is what lets them go out up to 7 days after the last message; a machine's
 * go as the answer that they are, within 24 hours. A tag on an answer in time is no fault.
 */
const REASONS: Readonly<Record<OutboundPart["author"], object>> = Object.freeze({
  assistant: { messaging_type: "RESPONSE" },
  human: { messaging_type: "MESSAGE_TAG", tag: "HUMAN_AGENT" },
});
