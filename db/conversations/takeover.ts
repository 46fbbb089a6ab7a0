import { and, eq, inArray, isNull, lt, lte, or, type SQL, sql } from "drizzle-orm";
import { emitEvent } from "../events/outgoing-events.ts";
import type { Queryable } from "../connection/postgres.ts";
import { conversations } from "../schema/conversations.ts";
import {
  PAUSE_MOVES,
  pauseState,
  TAKEOVER_MOVES,
  takeoverState,
  VENDOR_INBOX,
} from "../transitions/conversation-moves.ts";
import { mayMove } from "../transitions/move.ts";
import { appendStatus } from "../web/stream.ts";
import { updateAndEmit } from "./update-and-emit.ts";

/*
 * An agent takes a conversation over and hands it back: TAKEOVER_MOVES in db/transitions/conversation-moves.ts. `taken_over_at` stays
 * after the hand-back, because a turn that was opened before the takeover must never send anything, even after the hand-back.
 */

export type TakeoverResult = { takenOver: true } | { takenOver: false; takenOverBy: string };

/** A second call of the same agent changes only the time. */
export async function takeOverConversation(
  db: Queryable,
  conversationId: string,
  agent: string,
): Promise<TakeoverResult> {
  return await db.transaction(async (tx) => {
    const [row] = await tx
      .select({ tenantId: conversations.tenantId, takenOverBy: conversations.takenOverBy })
      .from(conversations)
      .where(eq(conversations.id, conversationId))
      .for("update");
    if (row === undefined) throw new Error(`Conversation ${conversationId} does not exist.`);
    if (row.takenOverBy !== null && row.takenOverBy !== agent) {
      return { takenOver: false, takenOverBy: row.takenOverBy } as const;
    }
    await tx
      .update(conversations)
      .set({ takenOverBy: agent, takenOverAt: sql`clock_timestamp()`, ...endHandoff() })
      .where(and(eq(conversations.id, conversationId), mayMove(takeoverState, TAKEOVER_MOVES.takeOver)));
    if (row.takenOverBy === null) {
      const event = { type: "conversation.taken_over", data: { agent } } as const;
      await emitEvent(tx, { tenantId: row.tenantId, conversationId, ...event });
      await appendStatus(tx, conversationId, "agent_joined");
    }
    return { takenOver: true } as const;
  });
}

/**
 * An agent who answers in the vendor's inbox takes the conversation over, unless another agent has it. A message from before the last
 * hand-back arrived late, and undoes nothing. Some vendors give whole seconds, so one of the same second counts as later.
 */
export async function takeOverInVendorInbox(
  tx: Queryable,
  { tenantId, conversationId }: { tenantId: string; conversationId: string },
  writtenAt: Date | null,
): Promise<void> {
  const { handedBackAt } = conversations;
  const isLater =
    writtenAt === null
      ? undefined
      : or(
          isNull(handedBackAt),
          lte(sql`date_trunc('second', ${handedBackAt})`, sql`${writtenAt.toISOString()}::timestamptz`),
        );
  const takeOver = (isWanted: SQL) =>
    tx
      .update(conversations)
      .set({ takenOverBy: VENDOR_INBOX, takenOverAt: sql`clock_timestamp()`, ...endHandoff() })
      .where(and(eq(conversations.id, conversationId), isWanted, isLater))
      .returning({ id: conversations.id });
  const isFree = sql`${conversations.takenOverBy} IS NULL`;
  const begun = await takeOver(isFree);
  if (begun.length === 0) {
    await takeOver(mayMove(takeoverState, TAKEOVER_MOVES.takeOverInVendorInbox));
    return;
  }
  const data = { agent: VENDOR_INBOX };
  await emitEvent(tx, { tenantId, conversationId, type: "conversation.taken_over", data });
}

/** An agent has come, so a handoff that waits for one ends. Any other pause stays. */
function endHandoff() {
  const isWaiting = mayMove(pauseState, PAUSE_MOVES.findAgent);
  return {
    pausedAt: sql`CASE WHEN ${isWaiting} THEN NULL ELSE ${conversations.pausedAt} END`,
    pauseReason: sql`CASE WHEN ${isWaiting} THEN NULL ELSE ${conversations.pauseReason} END`,
  };
}

const HANDED_BACK = { takenOverBy: null, handedBackAt: sql`clock_timestamp()` };

/** False where no agent, or an agent other than `agent`, has the conversation. */
export async function handBackConversation(
  db: Queryable,
  conversationId: string,
  agent?: string,
): Promise<boolean> {
  const isWanted = and(
    mayMove(takeoverState, TAKEOVER_MOVES.handBack),
    agent === undefined ? undefined : eq(conversations.takenOverBy, agent),
  );
  return await updateAndEmit(db, { conversationId, type: "conversation.handed_back" }, async (tx) => {
    const handedBack = await tx
      .update(conversations)
      .set(HANDED_BACK)
      .where(and(eq(conversations.id, conversationId), isWanted))
      .returning({ tenantId: conversations.tenantId });
    if (handedBack.length > 0) await appendStatus(tx, conversationId, "agent_left");
    return handedBack;
  });
}

/** The vendor does not report that an agent has left its inbox, so a silence of this length counts as a hand-back. Hands back a batch. */
export async function handBackIdleVendorTakeovers(
  db: Queryable,
  { idleMs, limit }: { idleMs: number; limit: number },
): Promise<number> {
  return await db.transaction(async (tx) => {
    // A conversation that a message or a gate has locked waits for the next call.
    const idle = tx
      .select({ id: conversations.id })
      .from(conversations)
      .where(
        and(
          eq(conversations.takenOverBy, VENDOR_INBOX),
          lt(conversations.takenOverAt, sql`now() - make_interval(secs => ${idleMs / 1000})`),
        ),
      )
      .orderBy(conversations.takenOverAt)
      .limit(limit)
      .for("update", { skipLocked: true });
    const handedBack = await tx
      .update(conversations)
      .set(HANDED_BACK)
      .where(inArray(conversations.id, idle))
      .returning({ conversationId: conversations.id, tenantId: conversations.tenantId });
    for (const conversation of handedBack)
      await emitEvent(tx, { ...conversation, type: "conversation.handed_back", data: {} });
    return handedBack.length;
  });
}
