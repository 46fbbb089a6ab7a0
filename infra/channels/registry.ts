import type { ChannelDescriptor } from "./channel-descriptor.ts";
import { instagram } from "./instagram.ts";
import { line } from "./line.ts";
import { messenger } from "./messenger.ts";
import { slack } from "./slack.ts";
import { telegram } from "./telegram.ts";
import { twilioSms } from "./twilio-sms.ts";
import { twilioWhatsapp } from "./twilio-whatsapp.ts";
import { web } from "./web.ts";
import { webhook } from "./webhook.ts";
import { whatsapp } from "./whatsapp.ts";

/** The channels of Parley, in the order in which they are listed everywhere. */
export const CHANNELS = [
  twilioSms,
  twilioWhatsapp,
  whatsapp,
  messenger,
  instagram,
  telegram,
  slack,
  line,
  webhook,
  web,
] as const;

type Channel = (typeof CHANNELS)[number];
export type RegisteredChannel = Channel["name"];
/** The channels whose vendor posts webhooks to us. */
export type WebhookChannel = Extract<Channel, { hasWebhook: true }>["name"];
/** The fakes that the sandbox has to have. */
export type ChannelFake = NonNullable<Channel["sandbox"]>["fake"];

/** The same without their literal types. */
export const CHANNEL_DESCRIPTORS: readonly ChannelDescriptor[] = [...CHANNELS];
export const CHANNEL_NAMES: readonly RegisteredChannel[] = CHANNELS.map(({ name }) => name);

/** Undefined for a channel that is not registered, such as one of the past whose rows are still stored. */
export function findChannel(name: string): ChannelDescriptor | undefined {
  return CHANNEL_DESCRIPTORS.find((channel) => channel.name === name);
}

export function hasWebhook(name: string): boolean {
  return findChannel(name)?.hasWebhook ?? true;
}

export function hasCarrierWords(name: string): boolean {
  return findChannel(name)?.hasCarrierWords ?? false;
}
