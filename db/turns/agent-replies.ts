import { eq } from "drizzle-orm";
import { findConversationOwner } from "../conversations/open-conversation.ts";
import { openOutboundTurn } from "./outbound-turns.ts";
import type { Database } from "../connection/postgres.ts";
import { conversations } from "../schema/conversations.ts";
import type { Vault } from "../connection/vault.ts";

export interface AgentReply {
  tenantId: string;
  conversationId: string;
  /** Unique for each reply. The same key gives the same turn. */
  key: string;
  agent: string;
  text: string;
}

/**
 * Opens a turn for the text of an agent who has taken the conversation over. The conversation's row is locked, so a takeover
 * at the same time happens before or after. The text is one part here: `deliver` splits it to the limits of the channel.
 */
export async function openAgentReply(
  db: Database,
  vault: Vault,
  { tenantId, conversationId, key, agent, text }: AgentReply,
): Promise<{ turnId: string } | { takenOverBy: string | null }> {
  return await db.transaction(async (tx) => {
    const owner = await findConversationOwner(tx, tenantId, conversationId);
    const [row] = await tx
      .select({ takenOverBy: conversations.takenOverBy })
      .from(conversations)
      .where(eq(conversations.id, conversationId))
      .for("update");
    const takenOverBy = row?.takenOverBy ?? null;
    if (takenOverBy !== agent) return { takenOverBy };
    const origin = { kind: "agent", agent, via: "parley" } as const;
    const turn = { key: `agent:${key}`, origin, parts: [text] };
    const { turnId } = await openOutboundTurn(tx, vault, owner, turn);
    return { turnId };
  });
}
