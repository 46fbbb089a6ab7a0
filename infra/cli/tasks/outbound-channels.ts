import { createOutboundChannels, type OutboundChannels } from "../../../activities/channels/registry.ts";
import { createEgressGuard } from "../../runtime/network/egress-guard.ts";
import { readReplyUrls } from "../../channels/reply-urls.ts";
import type { CommandContext } from "../run-command.ts";

/** The channels of this installation, to read their properties. A command sends nothing. */
export function outboundChannels({
  config,
  db,
  vault,
}: Pick<CommandContext, "config" | "db" | "vault">): OutboundChannels {
  return createOutboundChannels({
    egress: createEgressGuard({ allowHttp: false, allowedHosts: [] }),
    replyUrls: readReplyUrls(config),
    web: { db, vault, notify: async () => undefined },
  });
}
