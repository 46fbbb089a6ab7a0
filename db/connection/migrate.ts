import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate as runMigrations } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";

const MIGRATIONS = fileURLToPath(new URL("../migrations", import.meta.url));
const MONTHS_AHEAD = 3;

/**
 * Brings the schema up to date and makes the message partitions of the coming months. drizzle's migrator takes no lock,
 * so two processes that start together would run the same file twice: an advisory lock on one connection lets one through.
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
    // Ending the session gives the lock back, also after an error.
    await client.end();
  }
}
