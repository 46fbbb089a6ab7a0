import { sql } from "drizzle-orm";
import type { Queryable } from "./postgres.ts";

/**
 * The schema as text, one object a line: the result of the migrations, for a readable diff. Monthly partitions are omitted,
 * because they change with the calendar.
 */
export async function describeSchema(db: Queryable): Promise<string> {
  const { rows } = await db.execute<{ line: string }>(sql`
    WITH ours AS (
      SELECT c.oid, c.relname AS name, c.relkind AS kind, c.reloptions AS options FROM pg_class c
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    )
    SELECT format('table %s%s%s', name, CASE WHEN kind = 'p' THEN ' partition by ' || pg_get_partkeydef(oid) ELSE '' END,
      coalesce(' with ' || array_to_string(options, ', '), '')) AS line FROM ours
    UNION ALL
    SELECT format('column %s.%s %s%s%s', o.name, a.attname, format_type(a.atttypid, a.atttypmod),
      CASE WHEN a.attnotnull THEN ' not null' ELSE '' END,
      coalesce(CASE WHEN a.attgenerated = 's' THEN ' generated ' ELSE ' default ' END || pg_get_expr(d.adbin, d.adrelid), ''))
      FROM ours o JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_attrdef d ON d.adrelid = o.oid AND d.adnum = a.attnum
    UNION ALL
    SELECT format('constraint %s.%s %s', o.name, c.conname, pg_get_constraintdef(c.oid))
      FROM ours o JOIN pg_constraint c ON c.conrelid = o.oid WHERE c.contype <> 'n'
    UNION ALL
    SELECT format('index %s', pg_get_indexdef(i.indexrelid)) FROM ours o JOIN pg_index i ON i.indrelid = o.oid
    UNION ALL
    SELECT format('trigger %s', pg_get_triggerdef(t.oid)) FROM ours o JOIN pg_trigger t ON t.tgrelid = o.oid AND NOT t.tgisinternal
    UNION ALL
    SELECT format('view %s md5 %s', c.oid::regclass, md5(pg_get_viewdef(c.oid))) FROM pg_class c
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'v'
    UNION ALL
    SELECT format('function %s rows %s cost %s%s md5 %s', p.oid::regprocedure, p.prorows, p.procost,
      coalesce(' set ' || array_to_string(p.proconfig, ', '), ''), md5(pg_get_functiondef(p.oid)))
      FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
    ORDER BY 1`);
  return `${rows.map(({ line }) => line).join("\n")}\n`;
}
