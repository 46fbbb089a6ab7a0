import type { ConversationRow } from "../../db/conversation-list.ts";
import { outboundChannels } from "./outbound-channels.ts";
import type { CommandWork } from "./run-command.ts";

/** Until when free text may be sent, and a person's own words; null where the channel has no such rule. */
export function replyWindow(
  work: CommandWork,
  { channel, lastInboundAt }: Pick<ConversationRow, "channel" | "lastInboundAt">,
) {
  const { replyWindowMs = null, humanReplyWindowMs = replyWindowMs } = outboundChannels(work)[channel] ?? {};
  const end = (windowMs: number | null) =>
    windowMs === null ? null : new Date((lastInboundAt?.getTime() ?? 0) + windowMs);
  const closesAt = end(replyWindowMs);
  return {
    open: closesAt === null || closesAt > new Date(),
    closes_at: closesAt,
    human_closes_at: end(humanReplyWindowMs),
  };
}
