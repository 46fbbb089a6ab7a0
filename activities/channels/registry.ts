import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import type { EgressGuard } from "../../infra/runtime/network/egress-guard.ts";
import { webhookUrl } from "../../infra/channels/webhook-url.ts";
import type { OutboundChannel } from "./channel.ts";
import { createInstagramChannel } from "./instagram.ts";
import { createMessengerChannel } from "./messenger.ts";
import { createSlackChannel } from "./slack.ts";
import { createTelegramChannel } from "./telegram.ts";
import { createTwilioSmsChannel } from "./twilio-sms.ts";
import { createTwilioWhatsappChannel } from "./twilio-whatsapp.ts";
import { createWebChannel, type WebChannelOptions } from "./web.ts";
import { createWebhookChannel } from "./webhook.ts";
import { createWhatsappChannel } from "./whatsapp.ts";

export interface OutboundDependencies {
  egress: EgressGuard;
  /** The vendors' APIs, without a slash at the end; fakes in development. */
  baseUrls: Readonly<
    Record<"twilio" | "whatsapp" | "messenger" | "instagram" | "telegram" | "slack", string>
  >;
  /** Where vendors reach us: status callbacks come to `{publicBaseUrl}/webhooks/{channel}/{account}`, if that is https. */
  publicBaseUrl?: string | undefined;
  /** Web chat has no vendor: its other end is our own database. */
  web: WebChannelOptions;
}

/** Keyed by what stands in the database; a name that is not here has no outbound half. */
export type OutboundChannels = Readonly<Record<string, OutboundChannel>>;

/** The channels that Parley speaks on; the keys are those of the inbound registry, and `web`, which needs no vendor's webhook. */
export function createOutboundChannels(dependencies: OutboundDependencies): OutboundChannels {
  const { egress, baseUrls, publicBaseUrl, web } = dependencies;
  const common = { egress, now: () => new Date(), random: Math.random };
  const at = (vendor: keyof typeof baseUrls) => ({ ...common, baseUrl: baseUrls[vendor] });
  const twilio = { ...at("twilio"), ...createCallbackOptions(publicBaseUrl) };
  return Object.freeze({
    webhook: createWebhookChannel(common),
    "twilio-sms": createTwilioSmsChannel(twilio),
    "twilio-whatsapp": createTwilioWhatsappChannel(twilio),
    whatsapp: createWhatsappChannel(at("whatsapp")),
    messenger: createMessengerChannel(at("messenger")),
    instagram: createInstagramChannel(at("instagram")),
    telegram: createTelegramChannel(at("telegram")),
    slack: createSlackChannel(at("slack")),
    web: createWebChannel(web),
  });
}

/** Twilio calls back only where it is told to, and only over https. */
function createCallbackOptions(publicBaseUrl: string | undefined) {
  if (!publicBaseUrl?.startsWith("https:")) return {};
  return { callbackUrl: (account: ChannelAccount) => webhookUrl(publicBaseUrl, account) };
}
