import { createTwilioWhatsappChannel } from "../../../../activities/channels/twilio-whatsapp.ts";
import { twilioWhatsapp } from "../../../../api/channels/twilio-whatsapp.ts";
import type { ChannelKit } from "../channel-kit.ts";
import { twilioKit } from "./twilio/twilio.ts";

const common = twilioKit({
  name: "twilio-whatsapp",
  prefix: "whatsapp:",
  contactAddress: "+15005550006",
  address: "+15005550001",
});

/** WhatsApp by way of Twilio. */
export const twilioWhatsappKit: ChannelKit = {
  ...common,
  inbound: twilioWhatsapp,
  createOutbound: createTwilioWhatsappChannel,
  template: { name: `HX${"7".repeat(32)}`, language: "en" },
  receiptStatuses: [
    { vendorStatus: "queued", state: null },
    { vendorStatus: "sent", state: "sent" },
    { vendorStatus: "delivered", state: "delivered" },
    { vendorStatus: "read", state: "read" },
    { vendorStatus: "undelivered", state: "failed", code: "63016", refusalClass: "window" },
    { vendorStatus: "a_word_of_tomorrow", state: null },
  ],
  notOffered: {
    ...common.notOffered,
    typing: "Twilio's Messages API has no typing sign.",
  },
};
