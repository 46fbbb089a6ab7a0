import type { InboundChannel, ParsedBody } from "./channel.ts";
import { createTwilioEdge } from "./twilio/twilio-edge.ts";
import { twilioMessage } from "./twilio/twilio-message.ts";
import { whatsappAddresses } from "./twilio/whatsapp-addresses.ts";
import { whatsappLocation } from "./twilio/whatsapp-location.ts";

/** WhatsApp by way of Twilio: the same forms as SMS, with people's addresses, buttons and places in fields of their own. */
export const twilioWhatsapp: InboundChannel = {
  name: "twilio-whatsapp",
  // People write a thought in two or three messages within a second or two.
  quietWindowMs: 1_500,
  ...createTwilioEdge((form, account): ParsedBody => {
    const addresses = whatsappAddresses(form);
    if ("message" in addresses) return { ok: false, problems: [addresses] };
    if (addresses.from === account.address) return { ok: true, events: [{ kind: "ignored", what: "echo" }] };
    // A pressed button says its words; where there are none, what the template's author put behind it is all we have.
    const text = form.text("Body") || form.text("ButtonText") || form.text("ButtonPayload");
    return { ok: true, events: twilioMessage(form, { addresses, text, media: whatsappLocation(form) }) };
  }),
};
