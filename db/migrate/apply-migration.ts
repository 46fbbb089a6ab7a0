import { performance } from "node:perf_hooks";
import type pg from "pg";
import { createIndex } from "./create-index.ts";
import type { Migration } from "./read-migrations.ts";

/**
 * A statement that waits for a strong lock delays every later statement on the table, and the locks before it stay held. So a
 * migration waits this long for all its locks, and then gives up and tries again later. A backup holds its locks for hours; the messages
 * of that time must not wait.
 */
const LOCK_WAIT_MS = 100;
/** The last statements of a long migration wait this long. */
const MIN_LOCK_WAIT_MS = 10;

/** Applies a migration and notes it in drizzle's table. Throws a transient error if it may be applied later: it can be repeated. */
export async function applyMigration(client: pg.Client, migration: Migration): Promise<void> {
  if (migration.isTransaction) await runTransaction(client, migration.statements, migration);
  else await runConcurrently(client, migration);
}

async function runConcurrently(client: pg.Client, migration: Migration): Promise<void> {
  const runBriefly = async (statement: string) => await runTransaction(client, [statement]);
  for (const statement of migration.statements) {
    // It waits for the end of old transactions, and nothing waits for it. A time limit would leave an invalid index.
    await client.query("SET lock_timeout = 0; SET statement_timeout = 0");
    if (statement.startsWith("CREATE")) await createIndex({ client, runBriefly }, statement);
    else await client.query(statement);
  }
  await note(client, migration);
}

async function runTransaction(
  client: pg.Client,
  statements: readonly string[],
  noted?: Migration,
): Promise<void> {
  await client.query("BEGIN");
  try {
    const end = performance.now() + LOCK_WAIT_MS;
    for (const statement of statements) {
      const left = Math.max(MIN_LOCK_WAIT_MS, Math.ceil(end - performance.now()));
      await client.query(`SET LOCAL lock_timeout = ${left}`);
      await client.query(statement);
    }
    if (noted !== undefined) await note(client, noted);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  }
}

async function note(client: pg.Client, { hash, at }: Migration): Promise<void> {
  await client.query("INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ($1, $2)", [
    hash,
    at,
  ]);
}
