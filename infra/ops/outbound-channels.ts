import { createOutboundChannels, type OutboundChannels } from "../../activities/channels/registry.ts";
import { createEgressGuard } from "../runtime/egress-guard.ts";
import { vendorBaseUrls } from "../runtime/vendor-base-urls.ts";
import type { CommandWork } from "./run-command.ts";

/** The channels that this installation speaks, to be asked what they are; nothing is sent by a command. */
export function outboundChannels({ config, db, vault }: CommandWork): OutboundChannels {
  return createOutboundChannels({
    egress: createEgressGuard({ allowHttp: false, allowedHosts: [] }),
    baseUrls: vendorBaseUrls(config),
    web: { db, vault, notify: async () => undefined },
  });
}
