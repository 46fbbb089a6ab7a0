import type { ChannelAccount } from "../../db/channel-account.ts";
import type { EgressGuard } from "../../infra/runtime/egress-guard.ts";
import type { OutboundChannel } from "./channel.ts";
import { createTwilioSmsChannel } from "./twilio-sms.ts";
import { createWebhookChannel } from "./webhook.ts";

export interface OutboundDependencies {
  egress: EgressGuard;
  twilioBaseUrl: string;
  /** Where vendors reach us: status callbacks come to `{publicBaseUrl}/webhooks/{channel}/{account}`, if that is https. */
  publicBaseUrl?: string | undefined;
}

/** Keyed by what stands in the database; a name that is not here has no outbound half. */
export type OutboundChannels = Readonly<Record<string, OutboundChannel>>;

export function createOutboundChannels(dependencies: OutboundDependencies): OutboundChannels {
  const { egress, twilioBaseUrl, publicBaseUrl } = dependencies;
  const common = { egress, now: () => new Date() };
  const callback = !publicBaseUrl?.startsWith("https:")
    ? {}
    : { callbackUrl: (account: ChannelAccount) => webhookUrl(publicBaseUrl, account) };
  return Object.freeze({
    webhook: createWebhookChannel({ ...common, random: Math.random }),
    "twilio-sms": createTwilioSmsChannel({ ...common, baseUrl: twilioBaseUrl, ...callback }),
  });
}

function webhookUrl(publicBaseUrl: string, { channel, accountId }: ChannelAccount): string {
  return `${publicBaseUrl.replace(/\/$/, "")}/webhooks/${channel}/${encodeURIComponent(accountId)}`;
}
