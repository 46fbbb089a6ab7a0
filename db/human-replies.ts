import { eq } from "drizzle-orm";
import { findConversationOwner } from "./contacts.ts";
import { openOutboundTurn } from "./outbound-turns.ts";
import type { Database } from "./postgres.ts";
import { conversations } from "./schema/conversations.ts";
import type { Vault } from "./vault.ts";

export interface HumanReply {
  tenantId: string;
  conversationId: string;
  /** Never repeats; the same words give the same turn. */
  key: string;
  operator: string;
  text: string;
}

/**
 * A person's own words as a turn of its own, where they hold the conversation; asked under its lock, so that a claim that changes hands
 * at this moment does so before or after. The text is one part here: `deliver` cuts it to what the channel takes.
 */
export async function openHumanReply(
  db: Database,
  vault: Vault,
  { tenantId, conversationId, key, operator, text }: HumanReply,
): Promise<{ turnId: string } | { claimedBy: string | null }> {
  return await db.transaction(async (tx) => {
    const owner = await findConversationOwner(tx, tenantId, conversationId);
    const [row] = await tx
      .select({ claimedBy: conversations.claimedBy })
      .from(conversations)
      .where(eq(conversations.id, conversationId))
      .for("update");
    const claimedBy = row?.claimedBy ?? null;
    if (claimedBy !== operator) return { claimedBy };
    const turn = { key: `human:${key}`, plan: "human", planDetail: operator, parts: [text] } as const;
    const { turnId } = await openOutboundTurn(tx, vault, owner, turn);
    return { turnId };
  });
}
