import type { InboundConsent, InboundEvent, InboundMedia, InboundMessage } from "../channel.ts";
import type { TwilioForm } from "./twilio-form.ts";
import { twilioMedia } from "./twilio-media.ts";

/** What the channels tell differently: who wrote, and what they said beside `Body` and the files. */
export interface TwilioContent {
  addresses: Pick<InboundMessage, "from" | "aliases">;
  text: string;
  /** Media that stand in fields of their own, such as a place. */
  media?: readonly InboundMedia[];
}

/** A message of a person, and what it says about their consent. */
export function twilioMessage(
  form: TwilioForm,
  { addresses, text, media = [] }: TwilioContent,
): InboundEvent[] {
  const all = [...twilioMedia(form), ...media];
  // An empty text is a message that came empty; without the field it is some other notice.
  if (text === "" && !form.has("Body") && all.length === 0) return [{ kind: "ignored", what: "no_body" }];
  const message: InboundMessage = {
    kind: "message",
    providerMessageId: form.sid,
    ...addresses,
    text,
    media: all,
    providerTime: null,
  };
  return [message, ...consentOf(form, addresses.from)];
}

/** With Advanced Opt-Out Twilio has understood words that we may not know. */
function consentOf({ text }: TwilioForm, from: string): InboundConsent[] {
  const type = text("OptOutType");
  if (type !== "STOP" && type !== "START") return [];
  const state = type === "STOP" ? "opted_out" : "opted_in";
  return [{ kind: "consent", from, state, source: "advanced_opt_out" }];
}
