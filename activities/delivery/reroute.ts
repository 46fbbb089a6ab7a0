import { findConversationOwner } from "../../db/conversations/open-conversation.ts";
import type { Delivery } from "../../db/delivery/deliveries.ts";
import { joinReplies } from "../../db/delivery/reply-text.ts";
import { openOutboundTurn } from "../../db/turns/outbound-turns.ts";
import { countResends, findAuthor } from "../../db/turns/turn-origin.ts";
import type { Queryable } from "../../db/connection/postgres.ts";
import type { TurnScope } from "../../db/conversations/transcript.ts";
import type { Vault } from "../../db/connection/vault.ts";
import type { OutboundChannels } from "../channels/registry.ts";

export interface RerouteRequest {
  scope: TurnScope;
  /** The other conversation with the same contact. */
  conversationId: string;
  /** The parts that are not sent yet, in order. */
  parts: readonly Delivery[];
}

/**
 * Sends in another conversation what may not be sent in this one, in a turn of its own. The sweeper starts that turn and its own gate
 * decides. The text is split again, because each channel has its own limit.
 */
export function createReroute({ vault, channels }: { vault: Vault; channels: OutboundChannels }) {
  return async function reroute(
    tx: Queryable,
    { scope, conversationId, parts }: RerouteRequest,
  ): Promise<void> {
    const owner = await findConversationOwner(tx, scope.tenantId, conversationId);
    const reply = joinReplies(parts);
    await openOutboundTurn(tx, vault, owner, {
      key: `reroute:${parts[0]?.id ?? scope.turnId}`,
      origin: {
        kind: "reroute",
        fromTurnId: scope.turnId,
        resends: countResends(scope.origin),
        agent: findAuthor(scope.origin),
      },
      parts: channels[owner.channel]?.split(reply) ?? [reply],
    });
  };
}

export type Reroute = ReturnType<typeof createReroute>;
