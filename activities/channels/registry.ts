import type { EgressGuard } from "../../infra/runtime/egress-guard.ts";
import type { OutboundChannel } from "./channel.ts";
import { createTwilioSmsChannel } from "./twilio-sms.ts";
import { createWebhookChannel } from "./webhook.ts";

export interface OutboundDependencies {
  egress: EgressGuard;
  twilioBaseUrl: string;
}

/** Keyed by what stands in the database; a name that is not here has no outbound half. */
export type OutboundChannels = Readonly<Record<string, OutboundChannel>>;

export function createOutboundChannels({ egress, twilioBaseUrl }: OutboundDependencies): OutboundChannels {
  const now = () => new Date();
  return Object.freeze({
    webhook: createWebhookChannel({ egress, now, random: Math.random }),
    "twilio-sms": createTwilioSmsChannel({ egress, baseUrl: twilioBaseUrl, now }),
  });
}
