import { connectPostgres, type Database } from "../../../db/connection/postgres.ts";
import type { Config } from "../../runtime/config/config.ts";

/** Runs one check with a connection of its own. */
export async function usePostgres<Result>(
  { DATABASE_URL: url }: Config,
  run: (db: Database) => Promise<Result>,
): Promise<Result> {
  const db = connectPostgres({
    url,
    maxConnections: 1,
    applicationName: "parley-doctor",
    onError: () => undefined,
  });
  try {
    return await run(db);
  } finally {
    await db.$client.end();
  }
}
