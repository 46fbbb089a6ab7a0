import type pg from "pg";
import { MigrationError } from "./read-migrations.ts";

/*
 * CREATE INDEX CONCURRENTLY delays no writer, but it is no transaction: an interruption leaves an invalid index, which costs every
 * write and, if it is unique, refuses rows. So each statement looks first what the attempt before has left.
 *
 * PostgreSQL refuses CONCURRENTLY on a partitioned table. There the index is created on the table alone, then concurrently on each
 * partition, and attached. A partition that is created in parallel gets the index by itself. The index becomes valid with the last one.
 */

interface Index {
  isUnique: boolean;
  name: string;
  table: string;
  /** The method, columns and options. */
  rest: string;
}

const STATEMENT = /^CREATE (UNIQUE )?INDEX CONCURRENTLY (?:IF NOT EXISTS )?"?(\w+)"? ON "?(\w+)"? (.+)$/s;

export interface CreateIndexOptions {
  client: pg.Client;
  /** Runs a statement that takes a lock which a writer waits for. */
  runBriefly(statement: string): Promise<void>;
}

/** Creates the index of a CREATE INDEX CONCURRENTLY. Does nothing if an attempt before has created it. */
export async function createIndex(
  { client, runBriefly }: CreateIndexOptions,
  statement: string,
): Promise<void> {
  const index = parse(statement);
  const partitions = await listPartitions(client, index.table);
  if (partitions === null) return await createConcurrently(client, index);
  const { isUnique, name, table, rest } = index;
  if ((await findIndex(client, index)) === null)
    await runBriefly(`CREATE ${isUnique ? "UNIQUE " : ""}INDEX "${name}" ON ONLY "${table}" ${rest}`);
  // Listed again: a partition that was created before the index and after the first list does not have it.
  for (const partition of (await listPartitions(client, table)) ?? []) {
    if (await hasIndexOf(client, name, partition)) continue;
    const part = { ...index, name: `${name}${partition.replace(table, "")}`, table: partition };
    await createConcurrently(client, part);
    await runBriefly(`ALTER INDEX "${name}" ATTACH PARTITION "${part.name}"`);
  }
}

function parse(statement: string): Index {
  const [, unique, name = "", table = "", rest = ""] = STATEMENT.exec(statement) ?? [];
  if (name === "")
    throw new MigrationError(
      `This statement is not read: ${statement}. Write CREATE INDEX CONCURRENTLY "name" ON "table" ... as drizzle-kit does.`,
    );
  return { isUnique: unique !== undefined, name, table, rest };
}

async function createConcurrently(client: pg.Client, index: Index): Promise<void> {
  const { isUnique, name, table, rest } = index;
  await dropInvalid(client, index);
  if ((await findIndex(client, index)) !== null) return;
  try {
    await client.query(
      `CREATE ${isUnique ? "UNIQUE " : ""}INDEX CONCURRENTLY "${name}" ON "${table}" ${rest}`,
    );
  } catch (error) {
    // Not logged: without the connection the next attempt drops it.
    await dropInvalid(client, index).catch(() => undefined);
    throw error;
  }
}

/** Another table may have an index with this name. It is not dropped, and PostgreSQL refuses to create this one. */
async function dropInvalid(client: pg.Client, index: Index): Promise<void> {
  if ((await findIndex(client, index)) === "invalid")
    await client.query(`DROP INDEX CONCURRENTLY IF EXISTS "${index.name}"`);
}

async function findIndex(
  client: pg.Client,
  { name, table }: Pick<Index, "name" | "table">,
): Promise<"valid" | "invalid" | null> {
  const { rows } = await client.query<{ state: "valid" | "invalid" }>(
    `SELECT CASE WHEN indisvalid THEN 'valid' ELSE 'invalid' END AS state FROM pg_index
     WHERE indexrelid = to_regclass($1) AND indrelid = to_regclass($2)`,
    [`"${name}"`, `"${table}"`],
  );
  return rows[0]?.state ?? null;
}

/** Null for a table that is not partitioned. */
async function listPartitions(client: pg.Client, table: string): Promise<string[] | null> {
  const { rows } = await client.query<{ names: string[] | null }>(
    `SELECT array(SELECT c.relname::text FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = partrelid ORDER BY 1) AS names
     FROM pg_partitioned_table WHERE partrelid = to_regclass($1)`,
    [`"${table}"`],
  );
  return rows[0]?.names ?? null;
}

async function hasIndexOf(client: pg.Client, index: string, partition: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM pg_inherits JOIN pg_index ON indexrelid = inhrelid
     WHERE inhparent = to_regclass($1) AND indrelid = to_regclass($2)`,
    [`"${index}"`, `"${partition}"`],
  );
  return (rowCount ?? 0) > 0;
}
