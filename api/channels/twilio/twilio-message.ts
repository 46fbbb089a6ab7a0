import type {
  CarrierWord,
  InboundConsent,
  InboundEvent,
  InboundMedia,
  InboundMessage,
  MessageTreatment,
  TextOrigin,
} from "../channel.ts";
import type { TwilioForm } from "./twilio-form.ts";
import { twilioMedia } from "./twilio-media.ts";

/** The differences between the channels: the contact, and content outside `Body` and the files. */
export interface TwilioContent {
  addresses: Pick<InboundMessage, "from" | "aliases">;
  text: string;
  origin: TextOrigin;
  /** Media in fields of their own, such as a place. */
  media?: readonly InboundMedia[];
  treatment?: MessageTreatment;
}

/** A message of a contact, and the consent that it states. */
export function twilioMessage(
  form: TwilioForm,
  { addresses, text, origin, media = [], treatment }: TwilioContent,
): InboundEvent[] {
  const all = [...twilioMedia(form), ...media];
  // A form with an empty text is a message. A form without the field is another notice.
  if (text === "" && !form.has("Body") && all.length === 0) return [{ kind: "ignored", what: "no_body" }];
  const message: InboundMessage = {
    kind: "message",
    providerMessageId: form.sid,
    ...addresses,
    text,
    ...(treatment === undefined ? {} : { treatment }),
    origin,
    ...findCarrierWord(form),
    media: all,
    providerTime: null,
  };
  return [message, ...consentOf(form, addresses.from)];
}

/**
 * The single words that Twilio reads and answers by itself on every number, in English and as the whole text: "STOP please" is none of
 * them. https://help.twilio.com/articles/223134027
 */
const DEFAULT_WORDS: Readonly<Record<CarrierWord, readonly string[]>> = Object.freeze({
  stop: ["stop", "stopall", "unsubscribe", "end", "quit", "cancel", "revoke", "optout"],
  start: ["start", "unstop", "yes"],
  help: ["help", "info"],
});
const CARRIER_WORDS = ["stop", "start", "help"] as const;

/** Advanced Opt-Out names the word, which can be one of the account's own. On WhatsApp Twilio answers only with Advanced Opt-Out. */
function findCarrierWord({ text }: TwilioForm): Pick<InboundMessage, "carrierWord"> {
  const body = text("Body").trim().toLowerCase();
  const isSms = !text("From").startsWith("whatsapp:");
  const carrierWord = CARRIER_WORDS.find(
    (word) => text("OptOutType") === word.toUpperCase() || (isSms && DEFAULT_WORDS[word].includes(body)),
  );
  return carrierWord === undefined ? {} : { carrierWord };
}

/** With Advanced Opt-Out Twilio recognises words that we may not know. */
function consentOf({ sid, text }: TwilioForm, from: string): InboundConsent[] {
  const type = text("OptOutType");
  if (type !== "STOP" && type !== "START") return [];
  const state = type === "STOP" ? "opted_out" : "opted_in";
  return [{ kind: "consent", from, state, source: "advanced_opt_out", messageId: sid }];
}
