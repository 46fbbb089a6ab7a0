import { sql } from "drizzle-orm";
import type { Database } from "../../../db/connection/postgres.ts";

/**
 * Tells the planner that every table is `factor` times as large, with conversations of the same length. It asks the file system for the
 * pages, so only the rows can be given: a scan of 100 million rows costs 10,000 times as much as one of 10,000 either way. It needs
 * PostgreSQL 18 and a superuser.
 */
export async function scaleStatistics(db: Database, factor: number): Promise<void> {
  await db.execute(sql`UPDATE pg_class SET reltuples = reltuples * ${factor}::real
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i') AND reltuples > 0
      AND relname NOT IN ('tenants', 'channel_accounts', 'event_endpoints')`);
  // Of few conversations a long one would be one in ten rows, also among 100 million.
  const { rows } = await db.execute<{ name: string; column: string }>(sql`
    SELECT c.relname AS name, a.attname AS column FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attname IN ('conversation_id', 'contact_id')`);
  for (const { name, column } of rows) {
    await db.execute(sql`SELECT pg_clear_attribute_stats('public', ${name}, ${column}, false)`);
    await db.execute(sql`SELECT pg_restore_attribute_stats('schemaname', 'public', 'relname', ${name}::text, 'attname', ${column}::text,
      'inherited', false, 'null_frac', 0::real, 'avg_width', 16, 'n_distinct', (-0.05)::real)`);
  }
}
