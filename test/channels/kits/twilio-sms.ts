import { createTwilioSmsChannel } from "../../../activities/channels/twilio-sms.ts";
import { twilioSms } from "../../../api/channels/twilio-sms.ts";
import { smsSegmentCount } from "../../../infra/dev/stand-ins/twilio/sms-segment-count.ts";
import type { ChannelKit } from "../channel-kit.ts";
import { twilioKit } from "./twilio.ts";

const common = twilioKit({
  name: "twilio-sms",
  prefix: "",
  person: "+15005550006",
  sender: "+15005550001",
});

/** SMS by Twilio. */
export const twilioSmsKit: ChannelKit = {
  ...common,
  inbound: twilioSms,
  createOutbound: createTwilioSmsChannel,
  // Carriers hold back what is longer, though Twilio takes it.
  fits: (part) => smsSegmentCount(part) <= 10,
  receiptWords: [
    { word: "queued", state: null },
    { word: "sent", state: "sent" },
    { word: "delivered", state: "delivered" },
    { word: "undelivered", state: "failed", code: "30003", class: "permanent" },
    { word: "failed", state: "failed", code: "30004", class: "optout" },
    { word: "a_word_of_tomorrow", state: null },
  ],
  notOffered: {
    ...common.notOffered,
    window: "SMS has no reply window: who wrote may be answered at any time.",
    typing: "SMS shows nobody that an answer is being written.",
  },
};
