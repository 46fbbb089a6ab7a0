import { and, eq, isNull, lt, sql } from "drizzle-orm";
import { keysetAfter, toMicros, type Cursor, type ScanRequest } from "../connection/page.ts";
import type { Queryable } from "../connection/postgres.ts";
import { conversations, inbox } from "../schema/conversations.ts";

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

function ago(ms: number) {
  return sql`now() - make_interval(secs => ${ms / 1000})`;
}
