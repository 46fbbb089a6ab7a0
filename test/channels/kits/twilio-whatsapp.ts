import { createTwilioWhatsappChannel } from "../../../activities/channels/twilio-whatsapp.ts";
import { twilioWhatsapp } from "../../../api/channels/twilio-whatsapp.ts";
import type { ChannelKit } from "../channel-kit.ts";
import { twilioKit } from "./twilio.ts";

const common = twilioKit({
  name: "twilio-whatsapp",
  prefix: "whatsapp:",
  person: "+15005550006",
  sender: "+15005550001",
});

/** WhatsApp by way of Twilio. */
export const twilioWhatsappKit: ChannelKit = {
  ...common,
  inbound: twilioWhatsapp,
  createOutbound: createTwilioWhatsappChannel,
  template: { name: `HX${"7".repeat(32)}`, language: "en" },
  receiptWords: [
    { word: "queued", state: null },
    { word: "sent", state: "sent" },
    { word: "delivered", state: "delivered" },
    { word: "read", state: "read" },
    { word: "undelivered", state: "failed", code: "63016", class: "window" },
    { word: "a_word_of_tomorrow", state: null },
  ],
  notOffered: {
    ...common.notOffered,
    typing: "Twilio's Messages API shows nobody that an answer is being written.",
  },
};
