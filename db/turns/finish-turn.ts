import { and, eq, sql } from "drizzle-orm";
import { readDatabaseTime } from "../connection/database-time.ts";
import type { Database, Queryable } from "../connection/postgres.ts";
import { isDeletedBefore, TAKEN_BACK } from "../inbound/message-changes.ts";
import { inbox } from "../schema/conversations.ts";
import { turns } from "../schema/turns.ts";
import { settleBudget } from "../tenants/budgets.ts";
import { INBOX_MOVES } from "../transitions/inbox-moves.ts";
import { mayMove } from "../transitions/move.ts";
import { TURN_MOVES } from "../transitions/turn-moves.ts";
import { emitDeadLettered } from "./dead-letters.ts";
import { selectCostOfTurn } from "./model-responses.ts";
import { findPendingInOrder, keepTurnOwner, lockConversation, releaseTurn } from "./turn-owner.ts";

export type TurnOutcome = NonNullable<(typeof turns.$inferSelect)["outcome"]>;

export interface TurnEnd {
  turnId: string;
  outcome: TurnOutcome;
  reason: string | null;
  /** The build on which the turn failed as poison: another build may answer it. */
  build?: string;
}

/** The end that the turn has. `more`: its workflow stays the turn owner. */
export type FinishedTurn = Omit<TurnEnd, "turnId"> & { more: boolean };

/**
 * Ends a turn and releases it. The workflow stays the turn owner where all pending messages are past their quiet window,
 * because their own workflows have ended as joined. A second call changes nothing and returns the first end.
 */
export async function finishTurn(db: Queryable, end: TurnEnd): Promise<FinishedTurn> {
  const { outcome, reason } = end;
  // Without the origin: a turn with an origin that this version cannot read must be finished too.
  const [turn] = await db
    .select({
      id: turns.id,
      tenantId: turns.tenantId,
      conversationId: turns.conversationId,
      workflowId: turns.workflowId,
      replayedAt: turns.replayedAt,
    })
    .from(turns)
    .where(eq(turns.id, end.turnId));
  if (turn === undefined) throw new Error(`Turn ${end.turnId} does not exist.`);
  return await db.transaction(async (tx) => {
    const turnOwner = await lockConversation(tx, turn.conversationId);
    // Checked under the lock: an interrupted attempt and its successor may both reach this line, and another workflow may own
    // the conversation by then.
    const closed = await tx
      .update(turns)
      .set({
        state: TURN_MOVES.close.to,
        closedAt: sql`now()`,
        outcome: end.outcome,
        outcomeReason: end.reason,
        ...(end.build === undefined ? {} : { build: end.build }),
      })
      .where(and(eq(turns.id, turn.id), mayMove(turns.state, TURN_MOVES.close)))
      .returning({ id: turns.id });
    if (closed.length === 0) return { ...(await readEnd(tx, turn.id)), more: turnOwner === turn.workflowId };
    await tx
      .update(inbox)
      .set(toInboxChange(end))
      .where(and(eq(inbox.turnId, turn.id), mayMove(inbox.state, INBOX_MOVE_OF[end.outcome])));
    if (mayBeDeadLetter(turn, end)) await emitDeadLettered(tx, { ...turn, turnId: turn.id });
    // A turn that `reply` delivers does not own the conversation.
    if (turnOwner !== turn.workflowId) return { outcome, reason, more: false };
    const more = await hasAwakePending(tx, turn.conversationId);
    await (more ? keepTurnOwner : releaseTurn)(tx, turn.conversationId);
    return { outcome, reason, more };
  });
}

async function readEnd(tx: Queryable, turnId: string): Promise<Omit<TurnEnd, "turnId">> {
  const [row] = await tx
    .select({ outcome: turns.outcome, reason: turns.outcomeReason })
    .from(turns)
    .where(eq(turns.id, turnId));
  if (row?.outcome == null) throw new Error(`Turn ${turnId} is not closed.`);
  return { outcome: row.outcome, reason: row.reason };
}

const INBOX_MOVE_OF = {
  answered: INBOX_MOVES.answer,
  suppressed: INBOX_MOVES.suppress,
  failed: INBOX_MOVES.fail,
  superseded: INBOX_MOVES.supersede,
} as const satisfies Record<TurnOutcome, unknown>;

/** Superseded messages are answered together with the newer message, except those that the contact deleted during the turn. */
function toInboxChange({ outcome, reason }: { outcome: TurnOutcome; reason: string | null }) {
  const state = INBOX_MOVE_OF[outcome].to;
  if (outcome !== "superseded") return { state, reason };
  const isTakenBack = isDeletedBefore(inbox);
  return {
    state: sql`CASE WHEN ${isTakenBack} THEN ${INBOX_MOVES.suppress.to} ELSE ${state} END`,
    reason: sql`CASE WHEN ${isTakenBack} THEN ${TAKEN_BACK} END`,
    turnId: null,
  };
}

/** Most turns end well and need no query for a dead letter. */
function mayBeDeadLetter({ replayedAt }: { replayedAt: Date | null }, { outcome, reason }: TurnEnd): boolean {
  return reason !== null && (outcome === "failed" || outcome === "answered" || replayedAt !== null);
}

async function hasAwakePending(tx: Queryable, conversationId: string): Promise<boolean> {
  const pending = await findPendingInOrder(tx, conversationId);
  if (pending.length === 0) return false;
  const now = await readDatabaseTime(tx);
  return pending.every((row) => row.wakeAt <= now);
}

/** Ends a turn as failed and frees the rest of its reservation. A second call changes nothing and returns the first end. */
export async function failTurn(
  db: Database,
  { turnId, reason, build }: { turnId: string; reason: string; build: string },
): Promise<FinishedTurn> {
  const [turn] = await db.select({ id: turns.id }).from(turns).where(eq(turns.id, turnId));
  // A failover to a standby with a lag may have lost the turn. Then no workflow waits for it.
  if (turn === undefined) return { outcome: "failed", reason, more: false };
  return await db.transaction(async (tx) => {
    const finished = await finishTurn(tx, { turnId, outcome: "failed", reason, build });
    await settleBudget(tx, { turnId, spentUsd: selectCostOfTurn(turnId) });
    return finished;
  });
}

/** The open turn of a workflow, or null. */
export async function findOpenTurn(db: Queryable, workflowId: string): Promise<string | null> {
  const isIt = and(eq(turns.workflowId, workflowId), eq(turns.state, "open"));
  const [turn] = await db.select({ id: turns.id }).from(turns).where(isIt);
  return turn?.id ?? null;
}
