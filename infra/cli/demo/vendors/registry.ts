import type { ChannelName } from "../../../../db/tenants/channel-account.ts";
import { instagram } from "./instagram.ts";
import { messenger } from "./messenger.ts";
import { slack } from "./slack.ts";
import { telegram } from "./telegram.ts";
import { twilioSms } from "./twilio-sms.ts";
import { twilioWhatsapp } from "./twilio-whatsapp.ts";
import type { DemoVendor } from "./vendor.ts";
import { web } from "./web.ts";
import { webhook } from "./webhook.ts";
import { whatsapp } from "./whatsapp.ts";

/** Who posts the demo's messages, by the channel's name. A new channel is one line here. */
const VENDORS: Readonly<Record<ChannelName, DemoVendor>> = Object.freeze({
  "twilio-sms": twilioSms,
  "twilio-whatsapp": twilioWhatsapp,
  whatsapp,
  messenger,
  instagram,
  telegram,
  slack,
  webhook,
  web,
});

export const DEMO_CHANNELS: readonly ChannelName[] = Object.keys(VENDORS);

export function findVendor(channel: ChannelName): DemoVendor {
  const vendor = Object.hasOwn(VENDORS, channel) ? VENDORS[channel] : undefined;
  if (vendor === undefined) throw new Error(`The demo has no vendor for the channel "${channel}".`);
  return vendor;
}
