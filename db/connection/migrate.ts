import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate as runMigrations } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";

const MIGRATIONS = fileURLToPath(new URL("../migrations", import.meta.url));
const MONTHS_AHEAD = 3;

/**
 * Migrates the schema and creates the message partitions of the coming months. Drizzle's migrator takes no lock, so two
 * processes that start together would apply the same file twice. An advisory lock on one connection prevents that.
 */
export async function migrate(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: "parley-migrate" });
  await client.connect();
  try {
    const db = drizzle({ client });
    await db.execute(sql`SELECT pg_advisory_lock(hashtext('parley:migrate'))`);
    await runMigrations(db, { migrationsFolder: MIGRATIONS });
    await db.execute(sql`SELECT ensure_message_partitions(${MONTHS_AHEAD})`);
  } finally {
    // The end of the session releases the lock, also after an error.
    await client.end();
  }
}
