import { createOutboundChannels, type OutboundChannels } from "../../activities/channels/registry.ts";
import { createEgressGuard } from "../runtime/egress-guard.ts";
import type { CommandWork } from "./run-command.ts";

/** The channels that this installation speaks, to be asked what they are; nothing is sent by a command. */
export function outboundChannels({ config, db, vault }: CommandWork): OutboundChannels {
  return createOutboundChannels({
    egress: createEgressGuard({ allowHttp: false, allowedHosts: [] }),
    baseUrls: {
      twilio: config.TWILIO_BASE_URL,
      whatsapp: config.WHATSAPP_BASE_URL,
      messenger: config.FACEBOOK_BASE_URL,
      instagram: config.INSTAGRAM_BASE_URL,
      telegram: config.TELEGRAM_BASE_URL,
      slack: config.SLACK_BASE_URL,
    },
    web: { db, vault, notify: async () => undefined },
  });
}
