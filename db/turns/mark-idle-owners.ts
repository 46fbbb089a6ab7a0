import { and, lt, sql } from "drizzle-orm";
import { keysetAfter, toMicros, type Cursor, type ScanRequest } from "../connection/page.ts";
import type { Queryable } from "../connection/postgres.ts";
import { isPending } from "../inbound/is-pending.ts";
import { conversations, inbox } from "../schema/conversations.ts";
import { turns } from "../schema/turns.ts";

/**
 * Marks the turn owners that have neither an open turn nor `owner_idle_since`, so that `findLongRunningTurns` lists them. No step leaves such an
 * owner. If one did, and its workflow were lost, each later message of the contact would join a turn that never begins.
 *
 * No index contains the turn owner, so the owners are found by the messages that wait for them, one page at a time. A mark that meets the
 * begin of a turn does no harm: the sweeper asks Temporal for the run, and the end of the turn sets the column again.
 */
export async function markIdleOwners(
  db: Queryable,
  { olderThanMs, limit, keysetBefore }: ScanRequest,
): Promise<{ marked: string[]; next: Cursor | null }> {
  const isOld = lt(inbox.wakeAt, sql`now() - make_interval(secs => ${olderThanMs / 1000})`);
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
