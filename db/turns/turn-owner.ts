import { and, eq } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { isPending } from "../inbound/is-pending.ts";
import { PROVIDER_ORDER } from "../inbound/provider-order.ts";
import { conversations, inbox } from "../schema/conversations.ts";
import { TURN_OWNER_MOVES, turnOwnerState } from "../transitions/conversation-moves.ts";
import { mayMove } from "../transitions/move.ts";

/*
 * `conversations.turn_owner` allows one turn at a time in a conversation: it is the workflow id that works on the turn, or null. Every
 * move is made under a lock on the conversation's row, which is always the first lock. The moves are in db/transitions: turn-moves.ts,
 * inbox-moves.ts and TURN_OWNER_MOVES.
 */

export type InboxRow = typeof inbox.$inferSelect;

/** The first lock of every change of a conversation. Returns the turn owner. */
export async function lockConversation(tx: Queryable, conversationId: string): Promise<string | null> {
  const [row] = await tx
    .select({ turnOwner: conversations.turnOwner })
    .from(conversations)
    .where(eq(conversations.id, conversationId))
    .for("update");
  if (row === undefined) throw new Error(`Conversation ${conversationId} does not exist.`);
  return row.turnOwner;
}

export async function releaseTurn(tx: Queryable, conversationId: string): Promise<void> {
  await tx
    .update(conversations)
    .set({ turnOwner: null, turnAcquiredAt: null, ownerIdleSince: null })
    .where(and(eq(conversations.id, conversationId), mayMove(turnOwnerState, TURN_OWNER_MOVES.release)));
}

export async function findPendingInOrder(tx: Queryable, conversationId: string): Promise<InboxRow[]> {
  return await tx
    .select()
    .from(inbox)
    .where(and(eq(inbox.conversationId, conversationId), isPending()))
    .orderBy(...PROVIDER_ORDER);
}
