import { connectPostgres, type Database } from "../../../db/connection/postgres.ts";
import type { Config } from "../../runtime/config/config.ts";
import { pooledDatabase } from "../../runtime/servers/database-settings.ts";

export interface PostgresUse {
  applicationName: string;
  maxConnections: number;
  connectTimeoutMs?: number;
}

/** A database connection for one piece of work. */
export async function usePostgres<Result>(
  config: Config,
  use: PostgresUse,
  work: (db: Database) => Promise<Result>,
): Promise<Result> {
  const db = connectPostgres({ ...pooledDatabase(config), ...use, onError: () => undefined });
  try {
    return await work(db);
  } finally {
    await db.$client.end();
  }
}
