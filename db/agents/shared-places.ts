import { and, eq, isNull, lt, or, sql } from "drizzle-orm";
import { emitEvent } from "../events/outgoing-events.ts";
import type { Queryable } from "../connection/postgres.ts";
import { conversations } from "../schema/conversations.ts";
import { PAUSE_MOVES, pauseState } from "../transitions/conversation-moves.ts";
import { mayMove } from "../transitions/move.ts";

/** A place where others read and write too: a Slack thread, a group. Each contact has a conversation of its own there. */
export interface Place {
  tenantId: string;
  channel: string;
  accountId: string;
  thread: string;
}

/** The conversations of a place. */
export async function listConversationsOf(
  db: Queryable,
  { tenantId, channel, accountId, thread }: Place,
): Promise<{ conversationId: string }[]> {
  // The literal lets the planner use the partial index.
  const { rows } = await db.execute<{ conversationId: string }>(sql`
    SELECT id AS "conversationId" FROM conversations WHERE tenant_id = ${tenantId} AND channel = ${channel}
      AND account_id = ${accountId} AND thread = ${thread} AND thread <> '' ORDER BY id`);
  return rows;
}

/**
 * Several participants write in the thread of this conversation: the assistant answers only messages that name it. `wroteAt` is when another
 * participant wrote something that was not for the assistant; "now" where the provider gives no time, and null where nothing such was written. A redelivery has
 * the same time, so it changes nothing, also after an operator has ended the pause.
 */
export async function pauseShared(
  db: Queryable,
  { tenantId, conversationId }: { tenantId: string; conversationId: string },
  wroteAt: Date | "now" | null,
): Promise<void> {
  await db.transaction(async (tx) => {
    if (wroteAt !== null && !(await noteOthers(tx, conversationId, wroteAt))) return;
    const paused = await tx
      .update(conversations)
      .set({ pausedAt: sql`clock_timestamp()`, pauseReason: PAUSE_MOVES.share.to, handoffTimeoutS: null })
      .where(and(eq(conversations.id, conversationId), mayMove(pauseState, PAUSE_MOVES.share)))
      .returning({ id: conversations.id });
    if (paused.length === 0) return;
    const event = { type: "conversation.paused", data: { reason: PAUSE_MOVES.share.to } } as const;
    await emitEvent(tx, { tenantId, conversationId, ...event });
  });
}

/** False for a message that was seen before, or that is older than another one. */
async function noteOthers(tx: Queryable, conversationId: string, wroteAt: Date | "now"): Promise<boolean> {
  const at = wroteAt === "now" ? sql`clock_timestamp()` : sql`${wroteAt.toISOString()}::timestamptz`;
  const { othersWroteAt } = conversations;
  const noted = await tx
    .update(conversations)
    .set({ othersWroteAt: at })
    .where(and(eq(conversations.id, conversationId), or(isNull(othersWroteAt), lt(othersWroteAt, at))))
    .returning({ id: conversations.id });
  return noted.length > 0;
}
