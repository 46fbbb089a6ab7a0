import { and, desc, eq, inArray, or, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { MessageKey } from "../../workflows/names.ts";
import { COMMIT_ASYNCHRONOUSLY } from "../connection/commit-asynchronously.ts";
import { readDatabaseTime } from "../connection/database-time.ts";
import { newId } from "../connection/new-id.ts";
import type { Queryable } from "../connection/postgres.ts";
import { isPending } from "../inbound/is-pending.ts";
import { conversations, inbox } from "../schema/conversations.ts";
import { turns } from "../schema/turns.ts";
import { TURN_OWNER_MOVES, turnOwnerState } from "../transitions/conversation-moves.ts";
import { INBOX_MOVES } from "../transitions/inbox-moves.ts";
import { mayMove, newState } from "../transitions/move.ts";
import { findPendingInOrder, type InboxRow, lockConversation, releaseTurn } from "./turn-owner.ts";

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

/** How much of a message's quiet window is left, ms; 0 for a message that waits for no turn. */
export async function findQuietRestMs(db: Queryable, key: MessageKey): Promise<number> {
  const { wakeAt, state } = await findInboxRow(db, key);
  if (state !== "pending") return 0;
  return Math.max(0, wakeAt.getTime() - (await readDatabaseTime(db)).getTime());
}

/**
 * Acquires the turn in one statement where the conversation has no turn owner and no other message waits. Null in every other case, which
 * `acquireTurn` decides.
 *
 * The conversation is the first lock, as everywhere. The statement does not see a message that is stored while it waits for the lock, which
 * is the same as a message that arrives after it.
 *
 * The commit does not wait for the disk: that of the plan follows in the same step and does. A crash in between may lose the turn. Then the
 * plan finds no turn, and the repeated step acquires another one. A workflow that has joined the lost turn knows of it by a lock
 * on the conversation, so its own commit has taken the turn to the disk.
 */
export async function acquireLoneMessage(
  db: Queryable,
  { channel, accountId, providerMessageId }: MessageKey,
): Promise<Extract<TurnAcquisition, { kind: "acquired" }> | null> {
  const turnId = newId();
  const own = alias(inbox, "i");
  const other = alias(inbox, "o");
  const isOwn = sql`i.channel = ${channel} AND i.account_id = ${accountId} AND i.provider_message_id = ${providerMessageId}
    AND ${mayMove(own.state, INBOX_MOVES.acquire)}`;
  const { rows } = await db.execute<{ conversationId: string }>(sql`
    WITH free AS MATERIALIZED (
      SELECT c.id FROM ${inbox} AS i JOIN ${conversations} AS c ON c.id = i.conversation_id
      WHERE ${isOwn} AND c.turn_owner IS NULL AND NOT EXISTS (
        SELECT FROM ${inbox} AS o WHERE o.conversation_id = i.conversation_id AND ${isPending(other)} AND o.workflow_id <> i.workflow_id)
      FOR UPDATE OF c
    ), taken AS (
      UPDATE ${inbox} AS i SET state = ${newState(INBOX_MOVES.acquire)}, turn_id = ${turnId},
        late = coalesce(i.provider_time < (${selectLastTurnStart(sql`i.conversation_id`)}), false)
      FROM free WHERE ${isOwn} AND i.conversation_id = free.id
      RETURNING i.tenant_id, i.conversation_id, i.workflow_id, i.replays
    ), begun AS (
      INSERT INTO ${turns} (id, tenant_id, conversation_id, workflow_id, replays)
      SELECT ${turnId}::uuid, tenant_id, conversation_id, workflow_id, replays FROM taken
    )
    UPDATE ${conversations} AS c SET turn_owner = taken.workflow_id, turn_acquired_at = now(), owner_idle_since = NULL
    FROM taken WHERE c.id = taken.conversation_id
    RETURNING c.id AS "conversationId", ${COMMIT_ASYNCHRONOUSLY} AS commit`);
  const conversationId = rows[0]?.conversationId;
  return conversationId === undefined ? null : { kind: "acquired", turnId, conversationId, messages: 1 };
}

/** Acquires the turn for the workflow of a message. A second call of the same workflow returns the open turn. */
export async function acquireTurn(db: Queryable, own: InboxRow, quiet: QuietCap): Promise<TurnAcquisition> {
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

async function beginTurn(
  tx: Queryable,
  { own, pending }: { own: InboxRow; pending: InboxRow[] },
): Promise<TurnAcquisition> {
  const { conversationId, workflowId, tenantId } = own;
  const turnId = newId();
  const lateBefore = await findLastTurnStart(tx, conversationId);
  const replays = Math.max(...pending.map((row) => row.replays));
  await tx.insert(turns).values({ id: turnId, tenantId, conversationId, workflowId, replays });
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
        eq(inbox.conversationId, conversationId),
        isPending(),
        inArray(
          inbox.workflowId,
          pending.map((row) => row.workflowId),
        ),
        mayMove(inbox.state, INBOX_MOVES.acquire),
      ),
    );
  await tx
    .update(conversations)
    .set({ turnOwner: workflowId, turnAcquiredAt: sql`now()`, ownerIdleSince: null })
    .where(
      and(
        eq(conversations.id, conversationId),
        or(mayMove(turnOwnerState, TURN_OWNER_MOVES.acquire), eq(conversations.turnOwner, workflowId)),
      ),
    );
  return { kind: "acquired", turnId, conversationId, messages: pending.length };
}

async function findLastTurnStart(tx: Queryable, conversationId: string): Promise<string | null> {
  const { rows } = await tx.execute<{ began: string | null }>(
    sql`SELECT (${selectLastTurnStart(conversationId)})::text AS began`,
  );
  return rows[0]?.began ?? null;
}

function selectLastTurnStart(conversationId: SQL | string): SQL {
  return sql`SELECT max(t.opened_at) FROM ${turns} AS t
    WHERE t.conversation_id = ${conversationId} AND t.plan <> 'agent' AND coalesce(t.outcome, '') <> 'superseded'`;
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
