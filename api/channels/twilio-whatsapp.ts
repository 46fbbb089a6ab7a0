import type { InboundChannel, InboundMessage, ParsedBody } from "./channel.ts";
import { markForwarded } from "./placeholder.ts";
import { createTwilioEdge } from "./twilio/twilio-edge.ts";
import type { TwilioForm } from "./twilio/twilio-form.ts";
import { twilioMessage } from "./twilio/twilio-message.ts";
import { readWhatsappOrigin } from "./twilio/twilio-press.ts";
import { whatsappAddresses } from "./twilio/whatsapp-addresses.ts";
import { whatsappLocation } from "./twilio/whatsapp-location.ts";
import { whatsappWordless } from "./twilio/whatsapp-wordless.ts";

function readWords(form: TwilioForm, text: string): Pick<InboundMessage, "text" | "origin"> {
  const isForwarded = [form.text("Forwarded"), form.text("FrequentlyForwarded")].includes("true");
  const words = { text, origin: readWhatsappOrigin(form) };
  return isForwarded ? markForwarded(words) : words;
}

/** WhatsApp by Twilio: the same forms as SMS, with additional fields for addresses, buttons and places. */
export const twilioWhatsapp: InboundChannel = {
  name: "twilio-whatsapp",
  // Contacts write a thought in two or three messages within two seconds.
  quietWindowMs: 1_500,
  ...createTwilioEdge((form, account): ParsedBody => {
    const addresses = whatsappAddresses(form);
    if ("message" in addresses) return { ok: false, problems: [addresses] };
    if (addresses.from === account.address) return { ok: true, events: [{ kind: "ignored", what: "echo" }] };
    // The text of a pressed button is its title. Without a title, the payload of the template's author is all there is.
    const text =
      form.text("Body") || form.text("ButtonText") || form.text("ListTitle") || form.text("ButtonPayload");
    const content = text === "" ? whatsappWordless(form) : readWords(form, text);
    if ("kind" in content) return { ok: true, events: [content] };
    const media = whatsappLocation(form);
    return { ok: true, events: twilioMessage(form, { addresses, media, ...content }) };
  }),
};
