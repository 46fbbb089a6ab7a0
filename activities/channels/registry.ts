import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import { CHANNEL_NAMES, type RegisteredChannel } from "../../infra/channels/registry.ts";
import { webhookUrl } from "../../infra/channels/webhook-url.ts";
import type { EgressGuard } from "../../infra/runtime/network/egress-guard.ts";
import type { OutboundChannel, OutboundOptions } from "./channel.ts";
import { createInstagramChannel } from "./instagram.ts";
import { createLineChannel } from "./line.ts";
import { createMessengerChannel } from "./messenger.ts";
import { createSlackChannel } from "./slack.ts";
import { createTelegramChannel } from "./telegram.ts";
import { createTwilioSmsChannel } from "./twilio-sms.ts";
import { createTwilioWhatsappChannel } from "./twilio-whatsapp.ts";
import { createWebChannel, type WebChannelOptions } from "./web.ts";
import { createWebhookChannel } from "./webhook.ts";
import { createWhatsappChannel } from "./whatsapp.ts";

/** Each half takes the options that it needs. */
interface HalfOptions extends OutboundOptions, WebChannelOptions {
  callbackUrl?: (account: ChannelAccount) => string;
}

/** The outbound halves. A new channel is one line here. */
const FACTORIES: Readonly<Record<RegisteredChannel, (options: HalfOptions) => OutboundChannel>> =
  Object.freeze({
    "twilio-sms": createTwilioSmsChannel,
    "twilio-whatsapp": createTwilioWhatsappChannel,
    whatsapp: createWhatsappChannel,
    messenger: createMessengerChannel,
    instagram: createInstagramChannel,
    telegram: createTelegramChannel,
    slack: createSlackChannel,
    line: createLineChannel,
    webhook: createWebhookChannel,
    web: createWebChannel,
  });

export interface OutboundDependencies {
  egress: EgressGuard;
  /** Where replies go, by channel; fakes in development. */
  replyUrls: Readonly<Record<string, string>>;
  /** Where vendors reach us: status callbacks go to `{publicBaseUrl}/webhooks/{channel}/{account}`, if that is https. */
  publicBaseUrl?: string | undefined;
  /** Web chat has no vendor: its replies go to our own database. */
  web: WebChannelOptions;
}

/** By the name in the database. A channel that is not registered has no outbound half. */
export type OutboundChannels = Readonly<Record<string, OutboundChannel>>;

export function createOutboundChannels(dependencies: OutboundDependencies): OutboundChannels {
  const { egress, replyUrls, publicBaseUrl, web } = dependencies;
  const common = { egress, now: () => new Date(), random: Math.random, ...web };
  const callback = createCallbackOptions(publicBaseUrl);
  return Object.freeze(
    Object.fromEntries(
      CHANNEL_NAMES.map((name) => [
        name,
        FACTORIES[name]({ ...common, ...callback, baseUrl: replyUrls[name] ?? "" }),
      ]),
    ),
  );
}

/** Vendors post status callbacks over https only. */
function createCallbackOptions(publicBaseUrl: string | undefined) {
  if (!publicBaseUrl?.startsWith("https:")) return {};
  return { callbackUrl: (account: ChannelAccount) => webhookUrl(publicBaseUrl, account) };
}
