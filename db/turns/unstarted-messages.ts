import { and, eq, isNull, lt, not, sql } from "drizzle-orm";
import { keysetAfter, toMicros, type Cursor, type ScanRequest } from "../connection/page.ts";
import type { Queryable } from "../connection/postgres.ts";
import { conversations, inbox } from "../schema/conversations.ts";
import { turns } from "../schema/turns.ts";
import { isDeliveredAlone } from "./turn-plan.ts";

/** A message whose workflow should exist. The sweeper asks Temporal by its id. */
export interface UnstartedMessage extends Cursor {
  workflowId: string;
  tenantId: string;
  conversationId: string;
  channel: string;
  accountId: string;
  providerMessageId: string;
}

const messageColumns = {
  id: inbox.workflowId,
  workflowId: inbox.workflowId,
  tenantId: inbox.tenantId,
  conversationId: inbox.conversationId,
  channel: inbox.channel,
  accountId: inbox.accountId,
  providerMessageId: inbox.providerMessageId,
};

/** Pending messages whose quiet window ended `olderThanMs` ago, in conversations without a turn owner. */
export async function findUnstartedMessages(
  db: Queryable,
  { olderThanMs, limit, keysetBefore }: ScanRequest,
): Promise<UnstartedMessage[]> {
  return await db
    .select({ ...messageColumns, at: toMicros(inbox.wakeAt) })
    .from(inbox)
    .innerJoin(conversations, eq(conversations.id, inbox.conversationId))
    .where(
      and(
        eq(inbox.state, "pending"),
        lt(inbox.wakeAt, ago(olderThanMs)),
        isNull(conversations.turnOwner),
        keysetAfter({ timestamp: inbox.wakeAt, id: inbox.workflowId }, keysetBefore),
      ),
    )
    .orderBy(inbox.wakeAt, inbox.workflowId)
    .limit(limit);
}

/** Workflows that have owned a conversation's turn for longer than `olderThanMs`. */
export async function findLongRunningTurns(
  db: Queryable,
  { olderThanMs, limit, keysetBefore }: ScanRequest,
): Promise<UnstartedMessage[]> {
  return await db
    .select({ ...messageColumns, at: toMicros(conversations.turnAcquiredAt) })
    .from(conversations)
    .innerJoin(inbox, eq(inbox.workflowId, conversations.turnOwner))
    .where(
      and(
        lt(conversations.turnAcquiredAt, ago(olderThanMs)),
        keysetAfter({ timestamp: conversations.turnAcquiredAt, id: conversations.turnOwner }, keysetBefore),
      ),
    )
    .orderBy(conversations.turnAcquiredAt, conversations.turnOwner)
    .limit(limit);
}

export interface RestartedTurn {
  turnId: string;
  /** How often the sweeper has started it. Many restarts are a sign of a poison turn. */
  restarts: number;
}

/** The open turn of a conversation's turn owner. */
export async function findRunningTurn(db: Queryable, conversationId: string): Promise<RestartedTurn | null> {
  const [row] = await db
    .select({ turnId: turns.id, restarts: turns.restarts })
    .from(turns)
    .where(
      and(eq(turns.conversationId, conversationId), eq(turns.state, "open"), not(isDeliveredAlone(turns))),
    );
  return row ?? null;
}

/** Counted after a successful start only, so that an unavailable Temporal server makes no turn poison. */
export async function countRestart(db: Queryable, turnId: string): Promise<void> {
  await db
    .update(turns)
    .set({ restarts: sql`${turns.restarts} + 1` })
    .where(eq(turns.id, turnId));
}

export async function ensurePartitions(db: Queryable, monthsAhead: number): Promise<void> {
  await db.execute(sql`SELECT ensure_message_partitions(${monthsAhead})`);
}

function ago(ms: number) {
  return sql`now() - make_interval(secs => ${ms / 1000})`;
}
