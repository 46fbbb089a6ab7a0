import { and, eq, isNull, lt, type SQL, sql } from "drizzle-orm";
import { keysetAfter, toMicros, type Cursor, type ScanRequest } from "../connection/page.ts";
import type { Queryable } from "../connection/postgres.ts";
import { isPending } from "../inbound/is-pending.ts";
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
        isPending(),
        lt(inbox.wakeAt, ago(olderThanMs)),
        isNull(conversations.turnOwner),
        keysetAfter({ timestamp: inbox.wakeAt, id: inbox.workflowId }, keysetBefore),
      ),
    )
    .orderBy(inbox.wakeAt, inbox.workflowId)
    .limit(limit);
}

/**
 * Workflows that have owned a conversation for longer than `olderThanMs`, since their turn began or, between two turns, since the last one
 * ended. They are listed by their open turns, because no index of the conversations contains the turn owner.
 */
export async function findLongRunningTurns(
  db: Queryable,
  { olderThanMs, limit, keysetBefore }: ScanRequest,
): Promise<UnstartedMessage[]> {
  const isOld = (
    since: SQL,
    workflowId: SQL,
  ) => sql`${since} < now() - make_interval(secs => ${olderThanMs / 1000})
    ${keysetBefore === null ? sql`` : sql`AND (${since}, ${workflowId}) > (${keysetBefore.at}::timestamptz, ${keysetBefore.id})`}`;
  // A page of each kind in the order of its index. The owner's own message is among the last ones of its conversation. LIMIT 1 keeps the
  // planner, which expects few owners, from reading all conversations for a hash join.
  const { rows } = await db.execute<StoredOwner>(sql`
    SELECT m.*, ${toMicros(sql`owner.since`)} AS at FROM (
      (SELECT c.id, c.turn_owner, t.opened_at AS since FROM turns t
        CROSS JOIN LATERAL (SELECT o.id, o.turn_owner FROM conversations o WHERE o.id = t.conversation_id LIMIT 1) c
        WHERE t.state = 'open' AND c.turn_owner = t.workflow_id AND ${isOld(sql`t.opened_at`, sql`t.workflow_id`)} ORDER BY t.opened_at, t.workflow_id LIMIT ${limit})
      UNION
      (SELECT c.id, c.turn_owner, c.owner_idle_since FROM conversations c
        WHERE c.turn_owner IS NOT NULL AND ${isOld(sql`c.owner_idle_since`, sql`c.turn_owner`)} ORDER BY c.owner_idle_since, c.turn_owner LIMIT ${limit})
    ) owner CROSS JOIN LATERAL (
      SELECT i.workflow_id, i.tenant_id, i.conversation_id, i.channel, i.account_id, i.provider_message_id FROM inbox i
      WHERE i.conversation_id = owner.id AND i.workflow_id = owner.turn_owner ORDER BY i.seq DESC LIMIT 1
    ) m ORDER BY owner.since, owner.turn_owner LIMIT ${limit}`);
  return rows.map((row) => ({
    id: row.workflow_id,
    workflowId: row.workflow_id,
    tenantId: row.tenant_id,
    conversationId: row.conversation_id,
    channel: row.channel,
    accountId: row.account_id,
    providerMessageId: row.provider_message_id,
    at: row.at,
  }));
}

interface StoredOwner extends Record<string, unknown> {
  workflow_id: string;
  tenant_id: string;
  conversation_id: string;
  channel: string;
  account_id: string;
  provider_message_id: string;
  at: string;
}

function ago(ms: number) {
  return sql`now() - make_interval(secs => ${ms / 1000})`;
}
