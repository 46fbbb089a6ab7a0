import { and, eq, isNull, lt, sql } from "drizzle-orm";
import { beyond, exactly, type PageEnd, type WalkRequest } from "./page.ts";
import type { Queryable } from "./postgres.ts";
import { conversations, inbox } from "./schema/conversations.ts";
import { turns } from "./schema/turns.ts";

/** A message whose workflow should exist: the sweeper asks Temporal, by id, whether it does. */
export interface Stray extends PageEnd {
  workflowId: string;
  tenantId: string;
  conversationId: string;
  channel: string;
  accountId: string;
  providerMessageId: string;
}

const stray = {
  id: inbox.workflowId,
  workflowId: inbox.workflowId,
  tenantId: inbox.tenantId,
  conversationId: inbox.conversationId,
  channel: inbox.channel,
  accountId: inbox.accountId,
  providerMessageId: inbox.providerMessageId,
};

/** Messages that nobody has taken although their quiet window ended `olderThanMs` ago and no turn is running. */
export async function unclaimedMessages(
  db: Queryable,
  { olderThanMs, limit, after }: WalkRequest,
): Promise<Stray[]> {
  return await db
    .select({ ...stray, at: exactly(inbox.wakeAt) })
    .from(inbox)
    .innerJoin(conversations, eq(conversations.id, inbox.conversationId))
    .where(
      and(
        eq(inbox.state, "pending"),
        lt(inbox.wakeAt, ago(olderThanMs)),
        isNull(conversations.holder),
        beyond({ moment: inbox.wakeAt, id: inbox.workflowId }, after),
      ),
    )
    .orderBy(inbox.wakeAt, inbox.workflowId)
    .limit(limit);
}

/** Workflows that have held a conversation's turn for longer than `olderThanMs`. */
export async function longHolders(
  db: Queryable,
  { olderThanMs, limit, after }: WalkRequest,
): Promise<Stray[]> {
  return await db
    .select({ ...stray, at: exactly(conversations.heldSince) })
    .from(conversations)
    .innerJoin(inbox, eq(inbox.workflowId, conversations.holder))
    .where(
      and(
        lt(conversations.heldSince, ago(olderThanMs)),
        beyond({ moment: conversations.heldSince, id: conversations.holder }, after),
      ),
    )
    .orderBy(conversations.heldSince, conversations.holder)
    .limit(limit);
}

export interface RestartedTurn {
  turnId: string;
  /** How often the sweeper had to start it: a poison turn is seen by it. */
  restarts: number;
}

/** The open turn that a conversation's holder works on. */
export async function heldTurn(db: Queryable, conversationId: string): Promise<RestartedTurn | null> {
  const [row] = await db
    .select({ turnId: turns.id, restarts: turns.restarts })
    .from(turns)
    .where(
      and(
        eq(turns.conversationId, conversationId),
        eq(turns.state, "open"),
        // Turns that hold nothing are started again by themselves.
        sql`${turns.workflowId} NOT LIKE 'reply:%'`,
      ),
    );
  return row ?? null;
}

/** Once it was started again, and not before: a server that takes no starts makes no turn a poison one. */
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
