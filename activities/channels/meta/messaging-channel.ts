import { z } from "zod";
import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import type { OutboundChannel, OutboundOptions, ReplyPart, SendOutcome } from "../channel.ts";
import { chatDelayBeforeAttemptMs } from "../chat-schedule.ts";
import { createSplit } from "../notation/create-split.ts";
import { MESSENGER_ERROR_CLASSES } from "./messenger-error-classes.ts";
import { type GraphResponse, postToGraph } from "./graph-call.ts";

const DAY_MS = 24 * 3_600_000;

const SENT = z.looseObject({ message_id: z.string().min(1) });

export interface MessagingProduct {
  name: string;
  /** Whether the product takes this text in one message. */
  fits(text: string): boolean;
}

/**
 * The Send API, the same for Messenger and Instagram. It takes no idempotency key, so a lost response leaves the outcome unknown.
 */
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
      // Without an id Meta uses the page or account of the token.
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
    agentReplyWindowMs: 7 * DAY_MS,
    rates: {
      // The Send API's limit for texts, per page or account.
      account: { capacity: 300, refillPerSecond: 300 },
      // Meta names no limit per contact. This one lets a long reply pass and bounds a loop.
      recipient: { capacity: 10, refillPerSecond: 1 },
    },
    delayBeforeAttemptMs: chatDelayBeforeAttemptMs,
    ...createSplit("plain", fits),
    async send(part, account, signal): Promise<SendOutcome> {
      const firstOutcome = await post(account, formatMessage(part, RESPONSE), signal);
      const outcome = isRefusedForWindow(firstOutcome, part)
        ? // A signal of its own: the first request of this send began in time.
          await post(account, formatMessage(part, HUMAN_AGENT), AbortSignal.any([signal]))
        : firstOutcome;
      if (outcome.kind !== "responded") return outcome;
      const sent = SENT.safeParse(outcome.body);
      return sent.success
        ? { kind: "accepted", providerId: sent.data.message_id }
        : { kind: "unknown", code: "response_unreadable" };
    },
    async indicateTyping({ to }, account, signal) {
      await post(account, { recipient: { id: to }, sender_action: "typing_on" }, signal);
    },
  };
}

const RESPONSE = { messaging_type: "RESPONSE" };
/** Allows an agent's message up to 7 days after the contact's last one, for apps that Meta has granted this. */
const HUMAN_AGENT = { messaging_type: "MESSAGE_TAG", tag: "HUMAN_AGENT" };

function formatMessage({ to, text }: ReplyPart, reason: object): object {
  return { recipient: { id: to }, ...reason, message: { text } };
}

/** A send that is refused for the window was certainly not taken, so a second send with the tag is no duplicate. */
function isRefusedForWindow(outcome: GraphResponse, { author }: ReplyPart): boolean {
  return author === "agent" && outcome.kind === "refused" && outcome.class === "window";
}
