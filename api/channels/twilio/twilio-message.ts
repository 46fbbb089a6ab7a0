import type {
  InboundConsent,
  InboundEvent,
  InboundMedia,
  InboundMessage,
  MessageTreatment,
} from "../channel.ts";
import type { TwilioForm } from "./twilio-form.ts";
import { twilioMedia } from "./twilio-media.ts";

/** The differences between the channels: the contact, and content outside `Body` and the files. */
export interface TwilioContent {
  addresses: Pick<InboundMessage, "from" | "aliases">;
  text: string;
  /** Media in fields of their own, such as a place. */
  media?: readonly InboundMedia[];
  treatment?: MessageTreatment;
}

/** A message of a contact, and the consent that it states. */
export function twilioMessage(
  form: TwilioForm,
  { addresses, text, media = [], treatment }: TwilioContent,
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
    media: all,
    providerTime: null,
  };
  return [message, ...consentOf(form, addresses.from)];
}

/** With Advanced Opt-Out Twilio recognises words that we may not know. */
function consentOf({ sid, text }: TwilioForm, from: string): InboundConsent[] {
  const type = text("OptOutType");
  if (type !== "STOP" && type !== "START") return [];
  const state = type === "STOP" ? "opted_out" : "opted_in";
  return [{ kind: "consent", from, state, source: "advanced_opt_out", messageId: sid }];
}
