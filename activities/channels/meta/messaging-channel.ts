import { z } from "zod";
import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import type { OutboundChannel, OutboundOptions, ReplyPart, SendOutcome } from "../channel.ts";
import { chatDelayBeforeAttemptMs } from "../chat-schedule.ts";
import { MESSENGER_ERROR_CLASSES } from "./messenger-error-classes.ts";
import { splitText } from "../split-text.ts";
import { type GraphResponse, postToGraph } from "./graph-call.ts";

const DAY_MS = 24 * 3_600_000;

const SENT = z.looseObject({ message_id: z.string().min(1) });

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
    agentReplyWindowMs: 7 * DAY_MS,
    rates: {
      // The Send API's limit on text, per page or account.
      account: { capacity: 300, refillPerSecond: 300 },
      // Meta names none per person: a long reply goes at once, a loop does not.
      recipient: { capacity: 10, refillPerSecond: 1 },
    },
    delayBeforeAttemptMs: chatDelayBeforeAttemptMs,
    split: (text) => splitText(text, fits),
    async send(part, account, signal): Promise<SendOutcome> {
      const firstOutcome = await post(account, formatMessage(part, RESPONSE), signal);
      const outcome = isRefusedForWindow(firstOutcome, part)
        ? await post(account, formatMessage(part, HUMAN_AGENT), signal)
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
/** Lets a person's own words out up to 7 days after the last message, and only from an app that Meta has granted it to. */
const HUMAN_AGENT = { messaging_type: "MESSAGE_TAG", tag: "HUMAN_AGENT" };

function formatMessage({ to, text }: ReplyPart, reason: object): object {
  return { recipient: { id: to }, ...reason, message: { text } };
}

/** Refused for the window, it was certainly not taken, so asking for the longer one says nothing twice. */
function isRefusedForWindow(outcome: GraphResponse, { author }: ReplyPart): boolean {
  return author === "agent" && outcome.kind === "refused" && outcome.class === "window";
}
