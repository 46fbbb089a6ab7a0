import { type SQL, sql } from "drizzle-orm";
import { isPending } from "../inbound/is-pending.ts";
import type { Queryable } from "../connection/postgres.ts";
import { conversations, inbox } from "../schema/conversations.ts";
import { deliveries } from "../schema/deliveries.ts";
import { turns } from "../schema/turns.ts";

/*
 * The conversations that may wait or be stuck, newest first. Each source is a partial index of the rows that wait, and all are in the order
 * of the ids of conversations, which begin with their times. So one pass reads a fixed number of rows from the end of each index, however
 * many rows wait. A source that has more rows limits the pass: below its last row the others are incomplete.
 */

export interface Candidates {
  ids: string[];
  /** The pass is complete down to this id. Null where there are no more candidates. */
  through: string | null;
}

interface Pass {
  tenantId: string;
  stuck: boolean;
  /** Only conversations with a lower id. */
  before: string | null;
  /** Of each source. */
  rows: number;
}

interface Candidate extends Record<string, unknown> {
  source: string;
  id: string;
  /** The indexes of messages, turns and parts have no tenant. */
  is_own: boolean;
}

export async function findCandidates(db: Queryable, pass: Pass): Promise<Candidates> {
  const { rows } = await db.execute<Candidate>(sql.join(listSources(pass), sql` UNION ALL `));
  const lastIds = [...Map.groupBy(rows, ({ source }) => source).values()]
    .filter((read) => read.length === pass.rows)
    .flatMap((read) => read.at(-1)?.id ?? []);
  // Ids are compared as PostgreSQL does: their texts have one length and lower case.
  const through = lastIds.toSorted().at(-1) ?? null;
  const own = rows.filter((row) => row.is_own && (through === null || row.id >= through));
  return { ids: [...new Set(own.map(({ id }) => id))], through };
}

function listSources({ tenantId, stuck, before, rows }: Pass): SQL[] {
  const end = (id: SQL) => {
    const older = before === null ? sql`` : sql` AND ${id} < ${before}`;
    return sql`${older} ORDER BY ${id} DESC LIMIT ${rows}`;
  };
  const ofRow = sql`conversation_id AS id, tenant_id = ${tenantId} AS is_own`;
  const id = sql`conversation_id`;
  return [
    sql`(SELECT 'messages' AS source, ${ofRow} FROM ${inbox} WHERE ${isPending()}${end(id)})`,
    sql`(SELECT 'turns', ${ofRow} FROM ${turns} WHERE state = 'open'${end(id)})`,
    stuck
      ? sql`(SELECT 'parts', ${ofRow} FROM ${deliveries} WHERE is_moving${end(id)})`
      : sql`(SELECT 'agents', id, true FROM ${conversations}
          WHERE tenant_id = ${tenantId} AND (taken_over_by IS NOT NULL OR pause_reason = 'handoff')${end(sql`id`)})`,
  ];
}
