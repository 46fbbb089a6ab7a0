import { and, eq, isNull, lt, type SQL, sql } from "drizzle-orm";
import { keysetAfter, toMicros, type Cursor, type ScanRequest } from "../connection/page.ts";
import type { Queryable } from "../connection/postgres.ts";
import { isPending } from "../inbound/is-pending.ts";
import { conversations, inbox } from "../schema/conversations.ts";
import { turns } from "../schema/turns.ts";

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

/**
 * Marks the turn owners that have neither an open turn nor `owner_idle_since`, so that the list above contains them. No step leaves such an
 * owner. If one did, and its workflow were lost, each later message of the contact would join a turn that never begins.
 *
 * No index contains the turn owner, so the owners are found by the messages that wait for them, one page at a time. A mark that meets the
 * begin of a turn does no harm: the sweeper asks Temporal for the run, and the end of the turn sets the column again.
 */
export async function markIdleOwners(
  db: Queryable,
  { olderThanMs, limit, keysetBefore }: ScanRequest,
): Promise<{ marked: string[]; next: Cursor | null }> {
  const isOld = lt(inbox.wakeAt, ago(olderThanMs));
  const order = { timestamp: inbox.wakeAt, id: inbox.workflowId };
  const { rows } = await db.execute<{ marked: string[]; next: Cursor | null }>(sql`
    WITH page AS MATERIALIZED (
      SELECT ${inbox.conversationId}, ${inbox.workflowId}, ${inbox.wakeAt} FROM ${inbox}
      WHERE ${and(isPending(), isOld, keysetAfter(order, keysetBefore))} ORDER BY ${inbox.wakeAt}, ${inbox.workflowId} LIMIT ${limit}
    ), marked AS (
      UPDATE ${conversations} AS c SET owner_idle_since = coalesce(c.turn_acquired_at, now()) WHERE c.id = ANY (ARRAY (
        SELECT o.id FROM ${conversations} AS o
        WHERE o.id = ANY (ARRAY (SELECT conversation_id FROM page)) AND o.turn_owner IS NOT NULL AND o.owner_idle_since IS NULL
          AND NOT EXISTS (
            SELECT FROM ${turns} AS t WHERE t.conversation_id = o.id AND t.state = 'open' AND t.workflow_id = o.turn_owner)
        ORDER BY o.id FOR UPDATE SKIP LOCKED))
      RETURNING c.turn_owner
    )
    SELECT ARRAY (SELECT turn_owner FROM marked) AS marked, (
      SELECT jsonb_build_object('at', ${toMicros(sql`wake_at`)}, 'id', workflow_id)
      FROM page ORDER BY wake_at, workflow_id OFFSET ${limit - 1}) AS next`);
  return rows[0] ?? { marked: [], next: null };
}

function ago(ms: number) {
  return sql`now() - make_interval(secs => ${ms / 1000})`;
}
