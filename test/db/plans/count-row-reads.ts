import { sql } from "drizzle-orm";
import type { Queryable } from "../../../db/connection/postgres.ts";

/** The rows that scans and indexes have returned so far, by table. A connection reports its own after its statements, so use one. */
export async function countRowReads(db: Queryable): Promise<Map<string, number>> {
  await db.execute(sql`SELECT pg_stat_force_next_flush()`);
  await db.execute(sql`SELECT pg_stat_clear_snapshot()`);
  const { rows } = await db.execute<{ name: string; read: string }>(sql`
    SELECT t.relname AS name, t.seq_tup_read + coalesce(sum(i.idx_tup_read), 0) AS read
    FROM pg_stat_user_tables t LEFT JOIN pg_stat_user_indexes i USING (relid)
    GROUP BY t.relid, t.relname, t.seq_tup_read`);
  return new Map(rows.map(({ name, read }) => [name, Number(read)]));
}
