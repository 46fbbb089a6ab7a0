import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import type { InboundEvent } from "./channel.ts";
import { ignoreEvent } from "./json-body.ts";

/**
 * In a shared place the writer decides what a message is: one of the account's agents answers contacts there, so the assistant has to be
 * silent. Only an agent who names the assistant asks it something. What others say to each other in a group is not stored at all.
 */
export function hearAgent(event: InboundEvent, { settings }: Pick<ChannelAccount, "settings">): InboundEvent {
  if (event.kind !== "message" || event.shared === undefined || event.shared.isNamed) return event;
  const { shared, from, thread = "", providerMessageId, text, media, providerTime } = event;
  if (settings.agents?.includes(from) === true)
    return {
      kind: "agent_reply",
      providerMessageId,
      to: shared.repliesToContact ?? null,
      thread,
      text,
      ...(media === undefined ? {} : { media }),
      providerTime,
    };
  const isReply =
    shared.repliesToUs === true || shared.repliesTo !== undefined || shared.repliesToContact !== undefined;
  return shared.kind === "thread" || isReply ? event : ignoreEvent("message.not_addressed");
}
