import type { InboundChannel } from "./channel.ts";
import { twilioSms } from "./twilio-sms.ts";
import { webhook } from "./webhook.ts";

/** The channels that Parley hears; the keys are the words in webhook paths. */
export const inboundChannels = Object.freeze({
  webhook,
  "twilio-sms": twilioSms,
}) satisfies Readonly<Record<string, InboundChannel>>;
