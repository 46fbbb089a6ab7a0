import type pg from "pg";
import type { Migration } from "../../../db/migrate/read-migrations.ts";

/*
 * What a migration does to traffic does not show on an empty database, so two facts are asked after each statement: which locks the
 * transaction holds, and which tables the statement has read or rewritten. A statement that reads a growing table while the transaction
 * holds a lock that others wait for takes minutes on a large database, and all messages wait for its end.
 */

/** Tables of settings: a few rows for each tenant, channel account or process. All others grow with the traffic. */
export const SMALL_TABLES = [
  "account_outages",
  "alerts",
  "api_keys",
  "channel_accounts",
  "event_endpoints",
  "index_versions",
  "ingress_processes",
  "tenants",
];
/** Locks that delay a writer. */
const STRONG: ReadonlySet<string> = new Set([
  "ShareLock",
  "ShareRowExclusiveLock",
  "ExclusiveLock",
  "AccessExclusiveLock",
]);
const REMEDY =
  "Use CREATE INDEX CONCURRENTLY, ADD CONSTRAINT ... NOT VALID with VALIDATE CONSTRAINT in a later migration, or small batches in a chore.";

interface Table {
  name: string;
  /** How often it was read as a whole, and by an index. */
  scans: number;
  lookups: number;
  file: string;
  locks: string[];
}

/** One sentence for each statement that would delay messages. Applies nothing. */
export async function findLongLocks(client: pg.Client, migration: Migration): Promise<string[]> {
  // An index that is created concurrently takes no lock that a writer waits for.
  if (!migration.isTransaction) return [];
  const found: string[] = [];
  await client.query("BEGIN");
  try {
    // An UPDATE that can use an index uses it here too, as on a large table.
    await client.query("SET LOCAL enable_seqscan = off");
    let before = await readTables(client);
    for (const statement of migration.statements) {
      await client.query(statement);
      const after = await readTables(client);
      found.push(
        ...describe(before, after).map((fault) => `${migration.name}: ${statement}\n${fault} ${REMEDY}`),
      );
      before = new Map([...after].filter(([oid]) => before.has(oid)));
    }
  } finally {
    await client.query("ROLLBACK");
  }
  return found;
}

function describe(before: ReadonlyMap<number, Table>, after: ReadonlyMap<number, Table>): string[] {
  const locked = [...after]
    .filter(([oid, { locks }]) => before.has(oid) && locks.some((lock) => STRONG.has(lock)))
    .map(([, { name }]) => name);
  return [...after].flatMap(([oid, { name, scans, lookups, file, locks }]) => {
    const then = before.get(oid);
    if (then === undefined || SMALL_TABLES.includes(name)) return [];
    if (file !== then.file) return [`It rewrites the table ${name}, and all sessions wait.`];
    const isRead = scans > then.scans || (locked.length > 0 && lookups > then.lookups);
    if (isRead && locked.length > 0)
      return [`It reads the table ${name} while writers of ${locked.join(", ")} wait.`];
    if (isRead && locks.includes("RowExclusiveLock"))
      return [`It changes rows of the whole table ${name}, and writers of these rows wait.`];
    return [];
  });
}

async function readTables(client: pg.Client): Promise<Map<number, Table>> {
  const { rows } = await client.query<Table & { oid: number }>(`
    SELECT c.oid::int AS oid, c.relname AS name, coalesce(s.seq_scan, 0)::int AS scans, coalesce(s.idx_scan, 0)::int AS lookups,
      coalesce(pg_relation_filenode(c.oid), 0)::text AS file,
      array(SELECT mode FROM pg_locks l WHERE l.pid = pg_backend_pid() AND l.relation = c.oid AND l.granted) AS locks
    FROM pg_class c LEFT JOIN pg_stat_xact_user_tables s ON s.relid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')`);
  return new Map(rows.map(({ oid, ...table }) => [oid, table]));
}
