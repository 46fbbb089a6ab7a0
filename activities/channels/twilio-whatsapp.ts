import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import type { OutboundChannel, ReplyPart, SendOutcome } from "./channel.ts";
import { chatDelayBeforeAttemptMs } from "./chat-schedule.ts";
import { createSplit } from "./notation/create-split.ts";
import { createRefusal } from "./http-refusal.ts";
import { createUnknown } from "./reconciliation.ts";
import { createTwilioMessages, type TwilioOptions } from "./twilio/twilio-messages.ts";
import { classifyTwilioReceipt } from "./twilio/twilio-outcome.ts";

/** Twilio's own limit on one call. WhatsApp alone allows 4,096. */
const MAX_CHARACTERS = 1_600;
const DAY_MS = 24 * 3_600_000;
const CONTENT_SID = /^HX[0-9a-f]{32}$/i;

/** WhatsApp by Twilio's Messages API. After a lost response the list of sent messages is searched first. */
export function createTwilioWhatsappChannel(options: TwilioOptions): OutboundChannel {
  const messages = createTwilioMessages(options);
  return {
    name: "twilio-whatsapp",
    deliveryClass: "reconcile",
    receipts: true,
    replyWindowMs: DAY_MS,
    rates: {
      // Twilio's default for one WhatsApp sender. A higher rate gives error 63018.
      account: { capacity: 10, refillPerSecond: 10 },
      // WhatsApp's own limit: one message in 6 s to one contact, with a burst that lowers the rate afterwards.
      recipient: { capacity: 10, refillPerSecond: 1 / 6 },
    },
    classifyReceipt: classifyTwilioReceipt,
    ...createSplit("whatsapp", (text) => text.length <= MAX_CHARACTERS),
    delayBeforeAttemptMs: chatDelayBeforeAttemptMs,
    async send(part, account, signal): Promise<SendOutcome> {
      const content = formatContent(part);
      if (content === null) return createRefusal("config", "template_not_content_sid");
      const fields = { To: addPrefix(part.to), ...buildFromField(account), ...content };
      return await messages.send({ deliveryId: part.deliveryId, fields }, account, signal);
    },
    async reconcile(part, account, signal) {
      // The list shows a template with its parameters filled into a text that we do not know. A callback still proves the send.
      if (part.template !== undefined) return createUnknown("not_recognisable");
      const from = buildFromField(account)["From"] ?? null;
      return await messages.find({ ...part, to: addPrefix(part.to), from }, account, signal);
    },
  };
}

/** Free text, or the template with the text as its variable `{{1}}`; null where the template's name is not a ContentSid. */
function formatContent({ text, template }: ReplyPart): Record<string, string> | null {
  if (template === undefined) return { Body: text };
  if (!CONTENT_SID.test(template.name)) return null;
  // Twilio refuses a variable with a line break, a tab or more than four spaces in a row. The template defines the language.
  const variables = { "1": text.replace(/\s+/g, " ").trim() };
  return { ContentSid: template.name, ContentVariables: JSON.stringify(variables) };
}

function buildFromField({ address }: ChannelAccount): Record<string, string> {
  return address.startsWith("MG") ? { MessagingServiceSid: address } : { From: addPrefix(address) };
}

/** Addresses are stored without the prefix by which Twilio separates its channels. */
function addPrefix(address: string): string {
  return `whatsapp:${address}`;
}
