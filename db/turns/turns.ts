import { randomUUID } from "node:crypto";
import { and, desc, eq, inArray, or, sql } from "drizzle-orm";
import type { MessageKey } from "../../workflows/names.ts";
import { emitDeadLettered } from "./dead-letters.ts";
import type { Database, Queryable } from "../connection/postgres.ts";
import { PROVIDER_ORDER } from "../inbound/provider-order.ts";
import { conversations, inbox } from "../schema/conversations.ts";
import { turns } from "../schema/turns.ts";
import { TURN_OWNER_MOVES, turnOwnerState } from "../transitions/conversation-moves.ts";
import { INBOX_MOVES } from "../transitions/inbox-moves.ts";
import { mayMove } from "../transitions/move.ts";
import { TURN_MOVES } from "../transitions/turn-moves.ts";

/*
 * `conversations.turn_owner` allows one turn at a time in a conversation: it is the workflow id that works on the turn, or null. Every
 * move is made under a lock on the conversation's row, which is always the first lock. The moves are in db/transitions: turn-moves.ts,
 * inbox-moves.ts and TURN_OWNER_MOVES.
 */

export interface QuietCap {
  /** Longest wait of a contact who keeps writing, until the turn begins, ms. */
  capMs: number;
  /** Number of messages after which the turn begins at once. */
  capMessages: number;
}

export type TurnAcquisition =
  | { kind: "acquired"; turnId: string; conversationId: string; messages: number }
  | { kind: "joined"; reason: "turn_running" | "newer_message" | "already_taken" }
  | { kind: "suppressed"; reason: string };

export type InboxRow = typeof inbox.$inferSelect;

/** The inbox row of a message. */
export async function findInboxRow(db: Queryable, key: MessageKey): Promise<InboxRow> {
  const [own] = await db
    .select()
    .from(inbox)
    .where(
      and(
        eq(inbox.channel, key.channel),
        eq(inbox.accountId, key.accountId),
        eq(inbox.providerMessageId, key.providerMessageId),
      ),
    );
  if (own === undefined) throw new Error(`A message of ${key.channel}/${key.accountId} is not stored.`);
  return own;
}

/** Acquires the turn for the workflow of a message. A second call of the same workflow returns the open turn. */
export async function acquireTurn(db: Database, own: InboxRow, quiet: QuietCap): Promise<TurnAcquisition> {
  const { workflowId } = own;
  return await db.transaction(async (tx) => {
    const turnOwner = await lockConversation(tx, own.conversationId);
    if (turnOwner === workflowId) return await continueTurn(tx, own);
    if (turnOwner !== null) return { kind: "joined", reason: "turn_running" } as const;
    const pending = await findPendingInOrder(tx, own.conversationId);
    const self = pending.find((row) => row.workflowId === workflowId);
    if (self === undefined) return describeTaken(own);
    if (await isStillWriting(tx, pending, self, quiet))
      return { kind: "joined", reason: "newer_message" } as const;
    return await beginTurn(tx, { own: self, pending });
  });
}

/** The work of a workflow that owns the turn: its open turn, else the messages that have arrived since. */
async function continueTurn(tx: Queryable, own: InboxRow): Promise<TurnAcquisition> {
  const [open] = await tx
    .select({ id: turns.id })
    .from(turns)
    .where(
      and(
        eq(turns.conversationId, own.conversationId),
        eq(turns.workflowId, own.workflowId),
        eq(turns.state, "open"),
      ),
    )
    .orderBy(desc(turns.openedAt))
    .limit(1);
  if (open !== undefined) {
    return { kind: "acquired", turnId: open.id, conversationId: own.conversationId, messages: 0 };
  }
  const pending = await findPendingInOrder(tx, own.conversationId);
  if (pending.length > 0) return await beginTurn(tx, { own, pending });
  await releaseTurn(tx, own.conversationId);
  return describeTaken(own);
}

/** The open turn of a workflow, or null. */
export async function findOpenTurn(db: Queryable, workflowId: string): Promise<string | null> {
  const isIt = and(eq(turns.workflowId, workflowId), eq(turns.state, "open"));
  const [turn] = await db.select({ id: turns.id }).from(turns).where(isIt);
  return turn?.id ?? null;
}

async function beginTurn(
  tx: Queryable,
  { own, pending }: { own: InboxRow; pending: InboxRow[] },
): Promise<TurnAcquisition> {
  const { conversationId, workflowId, tenantId } = own;
  const turnId = randomUUID();
  const lateBefore = await findLastTurnStart(tx, conversationId);
  await tx.insert(turns).values({ id: turnId, tenantId, conversationId, workflowId });
  await tx
    .update(inbox)
    // Messages that were written before an earlier turn began and arrived after it are answered now and marked for the
    // operator.
    .set({
      state: INBOX_MOVES.acquire.to,
      turnId,
      late: sql`coalesce(${inbox.providerTime} < ${lateBefore}::timestamptz, false)`,
    })
    .where(
      and(
        inArray(
          inbox.workflowId,
          pending.map((row) => row.workflowId),
        ),
        mayMove(inbox.state, INBOX_MOVES.acquire),
      ),
    );
  await tx
    .update(conversations)
    .set({ turnOwner: workflowId, turnAcquiredAt: sql`now()` })
    .where(
      and(
        eq(conversations.id, conversationId),
        or(mayMove(turnOwnerState, TURN_OWNER_MOVES.acquire), eq(conversations.turnOwner, workflowId)),
      ),
    );
  return { kind: "acquired", turnId, conversationId, messages: pending.length };
}

async function findLastTurnStart(tx: Queryable, conversationId: string): Promise<string | null> {
  const { rows } = await tx.execute<{ began: string | null }>(sql`
    SELECT max(opened_at)::text AS began FROM turns
    WHERE conversation_id = ${conversationId} AND plan <> 'agent' AND coalesce(outcome, '') <> 'superseded'`);
  return rows[0]?.began ?? null;
}

function describeTaken(own: InboxRow): TurnAcquisition {
  if (own.state === "suppressed") return { kind: "suppressed", reason: own.reason ?? "unknown" };
  return { kind: "joined", reason: "already_taken" };
}

/**
 * True while a newer message is still in its quiet window: its workflow starts later and answers all messages. A contact who
 * keeps writing is answered when the cap is reached.
 */
async function isStillWriting(
  tx: Queryable,
  pending: InboxRow[],
  self: InboxRow,
  quiet: QuietCap,
): Promise<boolean> {
  const now = await readDatabaseTime(tx);
  const newer = pending.some((row) => row !== self && row.wakeAt > self.wakeAt && row.wakeAt > now);
  const oldest = Math.min(...pending.map((row) => row.receivedAt.getTime()));
  return newer && now.getTime() - oldest < quiet.capMs && pending.length < quiet.capMessages;
}

export type TurnOutcome = NonNullable<(typeof turns.$inferSelect)["outcome"]>;

export interface TurnEnd {
  turnId: string;
  outcome: TurnOutcome;
  reason: string | null;
}

/**
 * Ends a turn and releases it. The workflow stays the turn owner where all pending messages are past their quiet window,
 * because their own workflows have ended as joined. Returns whether it stays the owner. A second call after the commit
 * changes nothing.
 */
export async function finishTurn(db: Database, end: TurnEnd): Promise<{ more: boolean }> {
  const [turn] = await db.select().from(turns).where(eq(turns.id, end.turnId));
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
      })
      .where(and(eq(turns.id, turn.id), mayMove(turns.state, TURN_MOVES.close)))
      .returning({ id: turns.id });
    if (closed.length === 0) return { more: turnOwner === turn.workflowId };
    await tx
      .update(inbox)
      .set(toInboxChange(end))
      .where(and(eq(inbox.turnId, turn.id), mayMove(inbox.state, INBOX_MOVE_OF[end.outcome])));
    if (mayBeDeadLetter(turn, end)) await emitDeadLettered(tx, { ...turn, turnId: turn.id });
    // A turn that `reply` delivers does not own the conversation.
    if (turnOwner !== turn.workflowId) return { more: false };
    const more = await hasAwakePending(tx, turn.conversationId);
    if (!more) await releaseTurn(tx, turn.conversationId);
    return { more };
  });
}

/** Most turns end well and need no query for a dead letter. */
function mayBeDeadLetter({ replayedAt }: { replayedAt: Date | null }, { outcome, reason }: TurnEnd): boolean {
  return reason !== null && (outcome === "failed" || outcome === "answered" || replayedAt !== null);
}

const INBOX_MOVE_OF = {
  answered: INBOX_MOVES.answer,
  suppressed: INBOX_MOVES.suppress,
  failed: INBOX_MOVES.fail,
  superseded: INBOX_MOVES.supersede,
} as const satisfies Record<TurnOutcome, unknown>;

/** Superseded messages are answered together with the newer message. */
function toInboxChange({ outcome, reason }: { outcome: TurnOutcome; reason: string | null }) {
  const state = INBOX_MOVE_OF[outcome].to;
  return outcome === "superseded" ? { state, turnId: null } : { state, reason };
}

async function hasAwakePending(tx: Queryable, conversationId: string): Promise<boolean> {
  const pending = await findPendingInOrder(tx, conversationId);
  if (pending.length === 0) return false;
  const now = await readDatabaseTime(tx);
  return pending.every((row) => row.wakeAt <= now);
}

async function releaseTurn(tx: Queryable, conversationId: string): Promise<void> {
  await tx
    .update(conversations)
    .set({ turnOwner: null, turnAcquiredAt: null })
    .where(and(eq(conversations.id, conversationId), mayMove(turnOwnerState, TURN_OWNER_MOVES.release)));
}

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

async function findPendingInOrder(tx: Queryable, conversationId: string): Promise<InboxRow[]> {
  return await tx
    .select()
    .from(inbox)
    .where(and(eq(inbox.conversationId, conversationId), eq(inbox.state, "pending")))
    .orderBy(...PROVIDER_ORDER);
}

/** All windows use the database's clock, because the clocks of hosts differ. */
async function readDatabaseTime(tx: Queryable): Promise<Date> {
  const result = await tx.execute<{ now: string }>(sql`SELECT clock_timestamp()::text AS now`);
  return new Date(result.rows[0]?.now ?? Number.NaN);
}
