import { connectPostgres, type Database } from "../../db/postgres.ts";
import type { Config } from "../runtime/config.ts";

/** A connection for the length of one command. */
export async function withDatabase<T>(config: Config, work: (db: Database) => Promise<T>): Promise<T> {
  const db = connectPostgres({
    url: config.DATABASE_URL,
    maxConnections: 2,
    applicationName: "parley-cli",
    onError: () => undefined,
  });
  try {
    return await work(db);
  } finally {
    await db.$client.end();
  }
}
