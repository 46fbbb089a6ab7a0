import type { ChannelName } from "../../db/channel-account.ts";
import type { InboundChannel } from "./channel.ts";
import { twilioSms } from "./twilio-sms.ts";
import { webhook } from "./webhook.ts";

export const inboundChannels: Readonly<Record<ChannelName, InboundChannel>> = Object.freeze({
  webhook,
  "twilio-sms": twilioSms,
});
