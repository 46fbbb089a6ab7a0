import { DrizzleQueryError } from "drizzle-orm";
import { connectPostgres, type Database, isTransientDbError } from "../../../db/connection/postgres.ts";
import { UserError } from "../../runtime/errors.ts";
import type { Config } from "../../runtime/config/config.ts";

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
  } catch (error) {
    throw toUserError(error);
  } finally {
    await db.$client.end();
  }
}

/** What an operator can mend is said in a sentence; the query and its parameters are of no use to them. */
function toUserError(error: unknown): unknown {
  if (!(error instanceof DrizzleQueryError)) return error;
  if (isTransientDbError(error))
    return new UserError("PostgreSQL does not answer at DATABASE_URL: `parley doctor` says more.");
  if (codeOf(error.cause) === UNDEFINED_TABLE)
    return new UserError("The database has no schema of Parley's yet: run `parley migrate` first.");
  return error;
}

const UNDEFINED_TABLE = "42P01";

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : null;
}
