import { createTwilioSmsChannel } from "../../../../activities/channels/twilio-sms.ts";
import { twilioSms } from "../../../../api/channels/twilio-sms.ts";
import { smsSegmentCount } from "../../../../infra/sandbox/fakes/twilio/sms-segment-count.ts";
import type { ChannelKit } from "../channel-kit.ts";
import { twilioKit } from "./twilio/twilio.ts";

const common = twilioKit({
  name: "twilio-sms",
  prefix: "",
  contactAddress: "+15005550006",
  address: "+15005550001",
});

/** SMS by Twilio. */
export const twilioSmsKit: ChannelKit = {
  ...common,
  inbound: twilioSms,
  createOutbound: createTwilioSmsChannel,
  // Carriers hold back what is longer, though Twilio takes it.
  fitsVendorLimits: (part) => smsSegmentCount(part) <= 10,
  receiptStatuses: [
    { vendorStatus: "queued", state: null },
    { vendorStatus: "sent", state: "sent" },
    { vendorStatus: "delivered", state: "delivered" },
    { vendorStatus: "undelivered", state: "failed", code: "30003", refusalClass: "permanent" },
    { vendorStatus: "failed", state: "failed", code: "30004", refusalClass: "optout" },
    { vendorStatus: "a_word_of_tomorrow", state: null },
  ],
  notOffered: {
    ...common.notOffered,
    window: "SMS has no reply window: who wrote may be answered at any time.",
    typing: "SMS has no typing sign.",
  },
};
