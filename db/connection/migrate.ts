import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { drizzle } from "drizzle-orm/node-postgres";
import { type MigrationMeta, readMigrationFiles } from "drizzle-orm/migrator";
import pg from "pg";
import { retryTransient } from "../../infra/runtime/retry-transient.ts";
import { ensureMessagePartitions } from "../health/message-partitions.ts";
import { hasSqlState } from "./postgres.ts";

const MIGRATIONS = fileURLToPath(new URL("../migrations", import.meta.url));
/**
 * A statement that waits for a strong lock delays every later statement on the table, so a migration gives up after this
 * long and tries again. A backup holds its locks for hours; the messages of that time must not wait.
 */
const LOCK_TIMEOUT_MS = 100;
const LOCK_NOT_AVAILABLE = "55P03";
const RETRY_EVERY_MS = 1_000;
const MAX_RETRIES = 600;
const LOCK_POLL_MS = 200;

/** Migrates the schema and creates the message partitions of the coming months. `onWait` is called while another session uses a table. */
export async function migrate(databaseUrl: string, onWait: () => void = () => undefined): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: "parley-migrate" });
  await client.connect();
  const retry = {
    isTransient: (error: unknown) => hasSqlState(error, LOCK_NOT_AVAILABLE),
    waitsMs: [RETRY_EVERY_MS],
    maxRetries: MAX_RETRIES,
    onRetry: onWait,
  };
  try {
    await lockMigrations(client);
    for (const migration of await listPending(client))
      await retryTransient(retry, async () => await apply(client, migration));
    await retryTransient(retry, async () => await ensureMessagePartitions(drizzle({ client })));
  } finally {
    // The end of the session releases the lock, also after an error.
    await client.end();
  }
}

/** One process migrates at a time. A statement that waits for the lock would block an index that is created concurrently. */
async function lockMigrations(client: pg.Client): Promise<void> {
  for (;;) {
    const query = "SELECT pg_try_advisory_lock(hashtext('parley:migrate')) AS locked";
    const { rows } = await client.query<{ locked: boolean }>(query);
    if (rows[0]?.locked === true) return;
    await sleep(LOCK_POLL_MS);
  }
}

/** Drizzle's own migrator applies all files in one transaction, which can create no index concurrently. Its table is kept. */
async function listPending(client: pg.Client): Promise<MigrationMeta[]> {
  await client.query("CREATE SCHEMA IF NOT EXISTS drizzle");
  await client.query(
    "CREATE TABLE IF NOT EXISTS drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint)",
  );
  const { rows } = await client.query<{ at: string | null }>(
    "SELECT max(created_at) AS at FROM drizzle.__drizzle_migrations",
  );
  const last = rows[0]?.at ?? null;
  const all = readMigrationFiles({ migrationsFolder: MIGRATIONS });
  return all.filter(({ folderMillis }) => last === null || folderMillis > Number(last));
}

async function apply(
  client: pg.Client,
  { sql: statements, hash, folderMillis }: MigrationMeta,
): Promise<void> {
  const note = "INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ($1, $2)";
  if (statements.some(isConcurrent)) {
    // Such a statement cannot run in a transaction. It waits for the end of old transactions, and nothing waits for it.
    await client.query("SET lock_timeout = 0");
    for (const statement of statements) await client.query(statement);
    await client.query(note, [hash, folderMillis]);
    return;
  }
  await client.query(`SET lock_timeout = '${LOCK_TIMEOUT_MS}ms'`);
  await client.query("BEGIN");
  try {
    for (const statement of statements) await client.query(statement);
    await client.query(note, [hash, folderMillis]);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  }
}

const isConcurrent = (statement: string) => /\bINDEX CONCURRENTLY\b/.test(statement);
