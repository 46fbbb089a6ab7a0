import { parseArgs } from "node:util";
import pg from "pg";

/*
 * Makes the indexes of Temporal's visibility table partial, or whole again with --undo. Of a message of Parley most of the indexed columns
 * are null, and each index still gets a row for each change of a run. docs/performance.md has the measurement.
 *
 * The connection is the one of PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE. Without --apply it only prints the statements. No
 * statement delays a writer for long. After an interruption, run it again.
 */

/** The schema versions whose indexes were read for this program. */
const KNOWN_VERSIONS = ["1.9", "1.13"];
const TABLE = "executions_visibility";
/** Temporal asks for runs in which this column is null. */
const KEPT_WHOLE = ["temporalnamespacedivision"];
/** The new index has this name until the old one is dropped. */
const SUFFIX = "__parley";
/** Marks the indexes that --undo makes whole again. */
const MARK = "partial, by Parley";
const LOCK_WAIT = "3s";

interface Index {
  name: string;
  definition: string;
  /** The column that may be null. */
  column: string;
  isPartial: boolean;
}

class UsageError extends Error {}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { apply: { type: "boolean" }, undo: { type: "boolean" } } });
  const client = new pg.Client({ application_name: "parley-partial-indexes" });
  // Not logged: the statement under way fails too.
  client.on("error", () => undefined);
  await client.connect();
  try {
    await checkSchema(client);
    await change(client, { isUndo: values.undo === true, isDryRun: values.apply !== true });
  } finally {
    await client.end();
  }
}

async function checkSchema(client: pg.Client): Promise<void> {
  const { rows: tables } = await client.query<{ found: boolean }>(
    "SELECT to_regclass($1) IS NOT NULL AND to_regclass('schema_version') IS NOT NULL AS found",
    [TABLE],
  );
  if (tables[0]?.found !== true)
    throw new UsageError(
      `This database has no table ${TABLE}: set PGDATABASE to Temporal's visibility database.`,
    );
  const { rows } = await client.query<{ version: string }>(
    "SELECT curr_version AS version FROM schema_version",
  );
  const version = rows[0]?.version ?? "none";
  if (!KNOWN_VERSIONS.includes(version))
    throw new UsageError(
      `The visibility schema has version ${version}, and this program knows ${KNOWN_VERSIONS.join(", ")}. Nothing was changed.`,
    );
}

async function change(
  client: pg.Client,
  { isUndo, isDryRun }: { isUndo: boolean; isDryRun: boolean },
): Promise<void> {
  const run = async (statement: string) => {
    console.log(`${statement};`);
    if (!isDryRun) await client.query(statement);
  };
  if (!isDryRun) {
    const { rows } = await client.query<{ locked: boolean }>(
      "SELECT pg_try_advisory_lock(hashtext('parley:partial-indexes')) AS locked",
    );
    if (rows[0]?.locked !== true) throw new UsageError("Another run of this program is under way.");
    await client.query(`SET lock_timeout = '${LOCK_WAIT}'`);
  }
  await clearLeftovers(client, run);
  const indexes = (await listIndexes(client)).filter(({ isPartial }) => isPartial === isUndo);
  for (const index of indexes) await replace(index, isUndo, run);
  const what = isUndo ? "whole" : "partial";
  console.log(
    isDryRun
      ? `-- ${indexes.length} indexes would become ${what}. Nothing was changed: add --apply.`
      : `-- ${indexes.length} indexes are ${what} now.`,
  );
}

/** Until the last statement one of the two indexes is there and valid. */
async function replace(
  { name, definition, column }: Index,
  isUndo: boolean,
  run: (statement: string) => Promise<void>,
): Promise<void> {
  const whole = definition
    .replace(/^CREATE INDEX \S+ ON/, `CREATE INDEX CONCURRENTLY ${name}${SUFFIX} ON`)
    .replace(/ WHERE .*$/s, "");
  await run(isUndo ? whole : `${whole} WHERE ${column} IS NOT NULL`);
  if (!isUndo) await run(`COMMENT ON INDEX ${name}${SUFFIX} IS '${MARK}'`);
  await run(`DROP INDEX CONCURRENTLY ${name}`);
  // Temporal's own updates of the schema call the indexes by their names.
  await run(`ALTER INDEX ${name}${SUFFIX} RENAME TO ${name}`);
}

/** What an interrupted run has left: a new index next to the old one is dropped, and one whose old index is dropped gets its name. */
async function clearLeftovers(client: pg.Client, run: (statement: string) => Promise<void>): Promise<void> {
  const { rows } = await client.query<{ name: string; old: string | null }>(
    `SELECT c.relname AS name, to_regclass(replace(c.relname, $2, ''))::text AS old
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE i.indrelid = to_regclass($1) AND c.relname LIKE '%\\_\\_parley' ORDER BY 1`,
    [TABLE, SUFFIX],
  );
  for (const { name, old } of rows)
    await run(
      old === null
        ? `ALTER INDEX ${name} RENAME TO ${name.replace(SUFFIX, "")}`
        : `DROP INDEX CONCURRENTLY ${name}`,
    );
}

/** The indexes with one column that may be null: whole ones, and the partial ones of this program. */
async function listIndexes(client: pg.Client): Promise<Index[]> {
  const { rows } = await client.query<Index>(
    `SELECT c.relname AS name, pg_get_indexdef(c.oid) AS definition, min(a.attname::text) AS column, i.indpred IS NOT NULL AS "isPartial"
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) AND NOT a.attnotnull
     WHERE i.indrelid = to_regclass($1) AND i.indisvalid AND NOT i.indisunique AND NOT a.attname = ANY ($2) AND c.relname NOT LIKE '%\\_\\_parley'
       AND (i.indpred IS NULL OR obj_description(c.oid, 'pg_class') = $3)
     GROUP BY c.oid, c.relname, i.indpred HAVING count(*) = 1 ORDER BY c.relname`,
    [TABLE, KEPT_WHOLE, MARK],
  );
  return rows;
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Error)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
