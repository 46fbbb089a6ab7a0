import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import type { OutboundChannel } from "./channel.ts";
import { chatDelayBeforeAttemptMs } from "./chat-schedule.ts";
import { createSplit } from "./notation/create-split.ts";
import { countSegments } from "./twilio/sms-segments.ts";
import { createTwilioMessages, type TwilioOptions } from "./twilio/twilio-messages.ts";
import { classifyTwilioReceipt } from "./twilio/twilio-outcome.ts";

/** Twilio's own limit on one call. */
const MAX_CHARACTERS = 1_600;
/** Longer messages are held back by some carriers. */
const MAX_SEGMENTS = 10;

/** SMS by Twilio's Messages API. After a lost answer the list of sent messages is asked first. */
export function createTwilioSmsChannel(options: TwilioOptions): OutboundChannel {
  const messages = createTwilioMessages(options);
  return {
    name: "twilio-sms",
    deliveryClass: "reconcile",
    receipts: true,
    replyWindowMs: null,
    // A 10DLC number sends a few a second, and Twilio queues the rest. A contact reads less than one a second.
    rates: { account: { capacity: 30, refillPerSecond: 10 }, recipient: { capacity: 5, refillPerSecond: 1 } },
    classifyReceipt: classifyTwilioReceipt,
    ...createSplit("gsm-7", fitsOneMessage),
    delayBeforeAttemptMs: chatDelayBeforeAttemptMs,
    async send({ to, text, deliveryId }, account, signal) {
      const fields = { To: to, ...buildFromField(account), Body: text };
      return await messages.send({ deliveryId, fields }, account, signal);
    },
    async reconcile(part, account, signal) {
      const from = buildFromField(account)["From"] ?? null;
      return await messages.find({ ...part, from }, account, signal);
    },
  };
}

function fitsOneMessage(text: string): boolean {
  return text.length <= MAX_CHARACTERS && countSegments(text).segments <= MAX_SEGMENTS;
}

function buildFromField({ address }: ChannelAccount): Record<string, string> {
  return address.startsWith("MG") ? { MessagingServiceSid: address } : { From: address };
}
