import { setTimeout as sleep } from "node:timers/promises";
import { drizzle } from "drizzle-orm/node-postgres";
import type pg from "pg";
import { retryTransient } from "../../infra/runtime/retry-transient.ts";
import { openPostgresClient } from "../connection/postgres-client.ts";
import { hasSqlState } from "../connection/postgres.ts";
import { ensureMessagePartitions } from "../health/message-partitions.ts";
import { applyMigration } from "./apply-migration.ts";
import { type Migration, MigrationError, MIGRATIONS, readMigrations } from "./read-migrations.ts";

/** A lock that another session holds, and a deadlock with one: both pass. */
const LOCK_STATES = ["55P03", "40P01"];
const RETRY_EVERY_MS = 1_000;
const MAX_RETRIES = 600;
const LOCK_POLL_MS = 200;
/** An index of a small table takes less. */
const SLOW_MS = 10_000;

export interface MigrateOptions {
  /** Gets a sentence while the migration waits for other sessions. */
  report?(line: string): void;
  folder?: string;
}

/** Migrates the schema and creates the message partitions of the coming months. Throws a MigrationError for what an operator must change. */
export async function migrate(
  databaseUrl: string,
  { report = () => undefined, folder = MIGRATIONS }: MigrateOptions = {},
): Promise<void> {
  const migrations = readMigrations(folder);
  const client = await openPostgresClient(databaseUrl, {
    application_name: "parley-migrate",
    // The next statement throws.
    onError: () => undefined,
  });
  try {
    await lockMigrations(client, report);
    for (const migration of await listPending(client, migrations))
      await retryLocked(
        `Migration ${migration.name}`,
        report,
        async () => await applyMigration(client, migration),
      );
    const partitions = "The migration of the coming months";
    await retryLocked(partitions, report, async () => await ensureMessagePartitions(drizzle({ client })));
  } finally {
    // The end of the session releases the lock, also after an error.
    await client.end();
  }
}

/**
 * One process migrates at a time. A statement that waits for the lock would block an index that is created concurrently. The wait has no
 * limit, because an index may take hours.
 */
async function lockMigrations(client: pg.Client, report: (line: string) => void): Promise<void> {
  for (let tries = 0; ; tries++) {
    const query = "SELECT pg_try_advisory_lock(hashtext('parley:migrate')) AS locked";
    const { rows } = await client.query<{ locked: boolean }>(query);
    if (rows[0]?.locked === true) return;
    if (tries === 0) report("Another process migrates this database. This migration waits for its end.");
    await sleep(LOCK_POLL_MS);
  }
}

/** Drizzle's own migrator applies all files in one transaction, which can create no index concurrently. Its table is kept. */
async function listPending(client: pg.Client, migrations: readonly Migration[]): Promise<Migration[]> {
  await client.query("CREATE SCHEMA IF NOT EXISTS drizzle");
  await client.query(
    "CREATE TABLE IF NOT EXISTS drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint)",
  );
  const { rows } = await client.query<{ at: string }>(
    "SELECT created_at AS at FROM drizzle.__drizzle_migrations",
  );
  const applied = new Set(rows.map(({ at }) => Number(at)));
  const [first] = migrations;
  if (applied.size > 0 && first !== undefined && !applied.has(first.at))
    throw new MigrationError(
      "The database has the schema of a build before the first release, which cannot be migrated. Create another database for DATABASE_URL, or start the demo with --fresh.",
    );
  return migrations.filter(({ at }) => !applied.has(at));
}

/** Repeats what another session prevents for ten minutes. */
async function retryLocked(
  name: string,
  report: (line: string) => void,
  attempt: () => Promise<void>,
): Promise<void> {
  let isReported = false;
  const isTransient = (error: unknown) => LOCK_STATES.some((state) => hasSqlState(error, state));
  const onRetry = () => {
    if (!isReported)
      report(`${name} waits for another session that uses its table. It is tried every second.`);
    isReported = true;
  };
  const slow = setTimeout(
    () =>
      report(`${name} waits for transactions that are open, or creates a large index. Nothing waits for it.`),
    SLOW_MS,
  );
  try {
    await retryTransient(
      { isTransient, waitsMs: [RETRY_EVERY_MS], maxRetries: MAX_RETRIES, onRetry },
      attempt,
    );
  } catch (error) {
    if (!isTransient(error)) throw error;
    throw new MigrationError(
      `${name} could not lock its table for ten minutes. Run it again when no backup, report or other long transaction uses the table.`,
    );
  } finally {
    clearTimeout(slow);
  }
}
