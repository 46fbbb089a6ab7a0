import type { ConversationRow } from "../../../db/conversations/list-conversations.ts";
import type { CommandContext } from "../run-command.ts";
import { outboundChannels } from "../tasks/outbound-channels.ts";

/** When free text is no longer allowed, for the assistant and for an agent; null if the channel has no such rule. */
export function readReplyWindow(
  work: CommandContext,
  { channel, lastInboundAt }: Pick<ConversationRow, "channel" | "lastInboundAt">,
) {
  const { replyWindowMs = null, agentReplyWindowMs = replyWindowMs } = outboundChannels(work)[channel] ?? {};
  const end = (windowMs: number | null) =>
    windowMs === null ? null : new Date((lastInboundAt?.getTime() ?? 0) + windowMs);
  const closesAt = end(replyWindowMs);
  return {
    open: closesAt === null || closesAt > new Date(),
    closes_at: closesAt,
    agent_closes_at: end(agentReplyWindowMs),
  };
}
