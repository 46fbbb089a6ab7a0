import { DrizzleQueryError } from "drizzle-orm";
import { type Database, isStatementTimeout, isTransientDbError } from "../../../db/connection/postgres.ts";
import { UserError } from "../../runtime/errors.ts";
import type { Config } from "../../runtime/config/config.ts";
import { usePostgres } from "./use-postgres.ts";

/** A database connection for one command. */
export async function withDatabase<T>(config: Config, work: (db: Database) => Promise<T>): Promise<T> {
  try {
    return await usePostgres(config, { applicationName: "parley-cli", maxConnections: 2 }, work);
  } catch (error) {
    throw toUserError(error);
  }
}

/** An error that the operator can correct becomes a sentence without the query and its parameters. */
function toUserError(error: unknown): unknown {
  if (!(error instanceof DrizzleQueryError)) return error;
  if (isStatementTimeout(error))
    return new UserError(
      "A statement took longer than its time limit of 5 s. Ask for less, or try again when PostgreSQL has less work.",
    );
  if (isTransientDbError(error))
    return new UserError("PostgreSQL does not respond at DATABASE_URL: run `parley doctor` for details.");
  if (codeOf(error.cause) === UNDEFINED_TABLE)
    return new UserError("The database does not have Parley's schema: run `parley migrate` first.");
  return error;
}

const UNDEFINED_TABLE = "42P01";

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : null;
}
