import type { ChannelAccount } from "../../db/channel-account.ts";
import type { OutboundChannel, OutboundPart, SendOutcome } from "./channel.ts";
import { chatDelayBeforeAttemptMs } from "./chat-schedule.ts";
import { splitText } from "./split-text.ts";
import { createTwilioMessages, type TwilioOptions } from "./twilio/twilio-messages.ts";
import { classOfTwilioReceipt } from "./twilio/twilio-outcome.ts";

/** Twilio's own limit on one call; WhatsApp alone would take 4,096. */
const MAX_CHARACTERS = 1_600;
const DAY_MS = 24 * 3_600_000;
const CONTENT_SID = /^HX[0-9a-f]{32}$/i;

/** WhatsApp by Twilio's Messages API. After a lost answer the list of sent messages is asked first. */
export function createTwilioWhatsappChannel(options: TwilioOptions): OutboundChannel {
  const messages = createTwilioMessages(options);
  return {
    name: "twilio-whatsapp",
    deliveryClass: "reconcile",
    receipts: true,
    replyWindowMs: DAY_MS,
    rates: {
      // Twilio's default for one WhatsApp sender; beyond it comes error 63018.
      sender: { capacity: 10, refillPerSecond: 10 },
      // WhatsApp's own limit: one message in 6 s to one person, with a burst that is paid back afterwards.
      recipient: { capacity: 10, refillPerSecond: 1 / 6 },
    },
    classOfReceipt: classOfTwilioReceipt,
    split: (text) => splitText(text, (part) => part.length <= MAX_CHARACTERS),
    delayBeforeAttemptMs: chatDelayBeforeAttemptMs,
    async send(part, account, signal): Promise<SendOutcome> {
      const content = contentOf(part);
      if (content === null)
        return { kind: "refused", class: "config", code: "template_not_content_sid", retryAfterMs: null };
      const fields = { To: prefixed(part.to), ...senderField(account), ...content };
      return await messages.send(fields, account, signal);
    },
    async reconcile({ to, text, firstAttemptAt, template }, account, signal) {
      // The list shows a template as it was filled in, in words of its author that we do not know.
      if (template !== undefined) return { kind: "unknown" };
      const from = senderField(account)["From"] ?? null;
      return await messages.find({ to: prefixed(to), from, body: text, firstAttemptAt }, account, signal);
    },
  };
}

/** Free text, or the template with the text as its variable `{{1}}`; null where the template has no ContentSid for a name. */
function contentOf({ text, template }: OutboundPart): Record<string, string> | null {
  if (template === undefined) return { Body: text };
  if (!CONTENT_SID.test(template.name)) return null;
  // A variable with a line break, a tab or more than four spaces in a row is refused. The language is the template's own.
  const variables = { "1": text.replace(/\s+/g, " ").trim() };
  return { ContentSid: template.name, ContentVariables: JSON.stringify(variables) };
}

function senderField({ sender }: ChannelAccount): Record<string, string> {
  return sender.startsWith("MG") ? { MessagingServiceSid: sender } : { From: prefixed(sender) };
}

/** People and senders are kept without the prefix that tells Twilio's channels apart. */
function prefixed(address: string): string {
  return `whatsapp:${address}`;
}
