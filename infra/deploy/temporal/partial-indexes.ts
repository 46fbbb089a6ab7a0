import { parseArgs } from "node:util";
import pg from "pg";

/*
 * Makes the indexes of Temporal's visibility table partial, or whole again with --undo. Of a message of Parley most of the indexed columns
 * are null, and each index still gets a row for each change of a run. docs/performance.md has the measurement.
 *
 * The connection is the one of PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE. Without --apply it only prints the statements. No
 * statement delays a reader or a writer, but each may itself wait for the transactions that are open. After an interruption, run it again.
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

interface Index {
  name: string;
  definition: string;
  /** The column that may be null. */
  column: string;
  isPartial: boolean;
  /** PostgreSQL uses only valid indexes. An interrupted CREATE or DROP leaves an invalid one. */
  isValid: boolean;
}

/** An index, and the new one that an interrupted run has left next to it or in its place. */
interface Pair {
  name: string;
  old: Index | undefined;
  copy: Index | undefined;
}

class UsageError extends Error {}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { apply: { type: "boolean" }, undo: { type: "boolean" } } });
  const client = new pg.Client({ application_name: "parley-partial-indexes" });
  // Not logged: the statement under way fails too.
  client.on("error", () => undefined);
  await client.connect();
  try {
    const isUndo = values.undo === true;
    await checkTable(client);
    // An undo restores what this program has changed, so it works after an update of Temporal too.
    if (!isUndo) await checkVersion(client);
    await change(client, { isUndo, isDryRun: values.apply !== true });
  } finally {
    await client.end();
  }
}

async function checkTable(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ found: boolean }>(
    "SELECT to_regclass($1) IS NOT NULL AND to_regclass('schema_version') IS NOT NULL AS found",
    [TABLE],
  );
  if (rows[0]?.found !== true)
    throw new UsageError(
      `This database has no table ${TABLE}: set PGDATABASE to Temporal's visibility database.`,
    );
}

async function checkVersion(client: pg.Client): Promise<void> {
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
  if (!isDryRun) await lock(client);
  const plans = (await listPairs(client)).map((pair) => planChange(pair, isUndo));
  for (const statement of plans.flat()) {
    console.log(`${statement};`);
    if (!isDryRun) await client.query(statement);
  }
  const changed = plans.filter((statements) => statements.length > 0).length;
  const what = isUndo ? "whole" : "partial";
  if (isDryRun) {
    console.log(`-- ${changed} indexes would become ${what}. Nothing was changed: add --apply.`);
    return;
  }
  const open = (await listPairs(client)).filter((pair) => planChange(pair, isUndo).length > 0);
  if (open.length > 0)
    throw new Error(
      `These indexes are not ${what}: ${open.map(({ name }) => name).join(", ")}. Run it again.`,
    );
  console.log(`-- ${changed} indexes are ${what} now.`);
}

async function lock(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ locked: boolean }>(
    "SELECT pg_try_advisory_lock(hashtext('parley:partial-indexes')) AS locked",
  );
  if (rows[0]?.locked !== true) throw new UsageError("Another run of this program is under way.");
  // Each statement takes a lock that no reader and no writer waits for. A limit would end a DROP that waits for an old transaction, and
  // leave an invalid index.
  await client.query("SET lock_timeout = 0; SET statement_timeout = 0");
}

/** The statements that give an index the wanted shape. A valid index is dropped only when another one is there and valid. */
function planChange({ name, old, copy }: Pair, isUndo: boolean): string[] {
  const statements: string[] = [];
  let current = old ?? copy;
  if (copy !== undefined && (old === undefined || (copy.isValid && !old.isValid))) {
    statements.push(...replaceByCopy(name, { hasOld: old !== undefined, isPartial: copy.isPartial }));
    current = copy;
  } else if (copy !== undefined) statements.push(`DROP INDEX CONCURRENTLY ${copy.name}`);
  if (current === undefined || (current.isValid && current.isPartial !== isUndo)) return statements;
  const whole = current.definition
    .replace(/^CREATE INDEX \S+ ON/, `CREATE INDEX CONCURRENTLY ${name}${SUFFIX} ON`)
    .replace(/ WHERE .*$/s, "");
  statements.push(isUndo ? whole : `${whole} WHERE ${current.column} IS NOT NULL`);
  return [...statements, ...replaceByCopy(name, { hasOld: true, isPartial: !isUndo })];
}

/** Temporal's own updates of the schema call the indexes by their names. Under that name only the mark shows that this program made it partial. */
function replaceByCopy(
  name: string,
  { hasOld, isPartial }: { hasOld: boolean; isPartial: boolean },
): string[] {
  const mark = `COMMENT ON INDEX ${name}${SUFFIX} IS '${MARK}'`;
  const drop = `DROP INDEX CONCURRENTLY ${name}`;
  const rename = `ALTER INDEX ${name}${SUFFIX} RENAME TO ${name}`;
  return [...(isPartial ? [mark] : []), ...(hasOld ? [drop] : []), rename];
}

async function listPairs(client: pg.Client): Promise<Pair[]> {
  const indexes = new Map((await listIndexes(client)).map((index) => [index.name, index]));
  const names = new Set([...indexes.keys()].map((name) => name.replace(SUFFIX, "")));
  return [...names]
    .toSorted()
    .map((name) => ({ name, old: indexes.get(name), copy: indexes.get(`${name}${SUFFIX}`) }));
}

/** The indexes with one column that may be null: whole ones, and those of this program. */
async function listIndexes(client: pg.Client): Promise<Index[]> {
  const { rows } = await client.query<Index>(
    `SELECT c.relname AS name, pg_get_indexdef(c.oid) AS definition, min(a.attname::text) AS column,
       i.indpred IS NOT NULL AS "isPartial", i.indisvalid AS "isValid"
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) AND NOT a.attnotnull
     WHERE i.indrelid = to_regclass($1) AND NOT i.indisunique AND NOT a.attname = ANY ($2)
       AND (i.indpred IS NULL OR obj_description(c.oid, 'pg_class') = $3 OR right(c.relname, length($4)) = $4)
     GROUP BY c.oid, c.relname, i.indpred, i.indisvalid HAVING count(*) = 1`,
    [TABLE, KEPT_WHOLE, MARK, SUFFIX],
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
