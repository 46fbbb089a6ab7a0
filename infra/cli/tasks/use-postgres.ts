import { connectPostgres, type Database } from "../../../db/connection/postgres.ts";
import type { Config } from "../../runtime/config/config.ts";

export interface PostgresUse {
  applicationName: string;
  maxConnections: number;
}

/** A database connection for one piece of work. */
export async function usePostgres<Result>(
  { DATABASE_URL: url }: Config,
  use: PostgresUse,
  work: (db: Database) => Promise<Result>,
): Promise<Result> {
  const db = connectPostgres({ url, ...use, onError: () => undefined });
  try {
    return await work(db);
  } finally {
    await db.$client.end();
  }
}
