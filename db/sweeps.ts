import { and, eq, isNull, lt, sql } from "drizzle-orm";
import type { Queryable } from "./postgres.ts";
import { conversations, inbox } from "./schema/conversations.ts";
import { turns } from "./schema/turns.ts";

/** A message whose workflow should exist: the sweeper asks Temporal, by id, whether it does. */
export interface Stray {
  workflowId: string;
  tenantId: string;
  conversationId: string;
  channel: string;
  accountId: string;
  providerMessageId: string;
}

const stray = {
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
  { olderThanMs, limit }: { olderThanMs: number; limit: number },
): Promise<Stray[]> {
  return await db
    .select(stray)
    .from(inbox)
    .innerJoin(conversations, eq(conversations.id, inbox.conversationId))
    .where(and(eq(inbox.state, "pending"), lt(inbox.wakeAt, ago(olderThanMs)), isNull(conversations.holder)))
    .orderBy(inbox.wakeAt)
    .limit(limit);
}

/** Workflows that have held a conversation's turn for longer than `olderThanMs`. */
export async function longHolders(
  db: Queryable,
  { olderThanMs, limit }: { olderThanMs: number; limit: number },
): Promise<Stray[]> {
  return await db
    .select(stray)
    .from(conversations)
    .innerJoin(inbox, eq(inbox.workflowId, conversations.holder))
    .where(lt(conversations.heldSince, ago(olderThanMs)))
    .orderBy(conversations.heldSince)
    .limit(limit);
}

/** Counts how often the open turn of a conversation had to be started again; a poison turn is seen by it. */
export async function countRestart(
  db: Queryable,
  conversationId: string,
): Promise<{ turnId: string; restarts: number } | null> {
  const [row] = await db
    .update(turns)
    .set({ restarts: sql`${turns.restarts} + 1` })
    .where(
      and(
        eq(turns.conversationId, conversationId),
        eq(turns.state, "open"),
        // Turns that hold nothing are started again by themselves.
        sql`${turns.workflowId} NOT LIKE 'reply:%'`,
      ),
    )
    .returning({ turnId: turns.id, restarts: turns.restarts });
  return row ?? null;
}

export async function ensurePartitions(db: Queryable, monthsAhead: number): Promise<void> {
  await db.execute(sql`SELECT ensure_message_partitions(${monthsAhead})`);
}

function ago(ms: number) {
  return sql`now() - make_interval(secs => ${ms / 1000})`;
}
