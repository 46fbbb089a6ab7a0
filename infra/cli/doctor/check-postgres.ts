import { readFileSync } from "node:fs";
import { type Client, DatabaseError } from "pg";
import { z } from "zod";
import { inspectDatabase } from "../../../db/health/inspect-database.ts";
import { openPostgresClient } from "../../../db/connection/postgres-client.ts";
import type { Config } from "../../runtime/config/config.ts";
import { directDatabaseUrl } from "../../runtime/servers/database-settings.ts";
import type { Finding, Check } from "./check.ts";

const JOURNAL = new URL("../../../db/migrations/meta/_journal.json", import.meta.url);
/** Below the time limit of the check, so that the socket is closed before it. */
const CONNECT_MS = 2_000;
const QUERY_MS = 2_000;

/** SQLSTATEs of a refused connection, each with its remedy. */
const REFUSALS: Readonly<Record<string, Pick<Finding, "detail" | "fix">>> = Object.freeze({
  "28P01": {
    detail: "The password was refused.",
    fix: "Correct the user and password in DATABASE_URL.",
  },
  "28000": {
    detail: "The user was refused.",
    fix: "Correct the user in DATABASE_URL, or allow it in pg_hba.conf.",
  },
  "3D000": {
    detail: "There is no such database.",
    fix: "Create it with createdb, or correct its name in DATABASE_URL.",
  },
  "53300": {
    detail: "All its connections are in use.",
    fix: "Raise max_connections, or lower DATABASE_POOL_MAX of the processes.",
  },
  "57P03": { detail: "It is starting up or recovering.", fix: "Try again in a few seconds." },
});

/** Checks that the server responds and has the schema of this release. */
export function createPostgresCheck(config: Config): Check {
  return {
    name: "PostgreSQL",
    fix: "Start PostgreSQL, or correct the host and port in DATABASE_URL.",
    async run() {
      try {
        const problem = await inspectDatabase({
          url: config.DATABASE_URL,
          directUrl: config.DATABASE_DIRECT_URL,
          timeoutMs: CONNECT_MS,
        });
        if (problem !== null)
          return {
            state: "missing",
            version: null,
            detail: `${problem.setting}: ${problem.detail}`,
            fix: problem.fix,
          };
        return await checkSchema(config);
      } catch (error) {
        const refusal = error instanceof DatabaseError ? REFUSALS[error.code ?? ""] : undefined;
        if (refusal === undefined) throw error;
        return { state: "missing", version: null, ...refusal };
      }
    },
  };
}

async function checkSchema(config: Config): Promise<Finding> {
  const client = await openPostgresClient(directDatabaseUrl(config), {
    application_name: "parley-doctor",
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: QUERY_MS,
    // The next query throws.
    onError: () => undefined,
  });
  try {
    return assess(await readServerVersion(client), await countAppliedMigrations(client));
  } finally {
    await client.end();
  }
}

function assess(version: string, applied: number): Finding {
  const { entries } = z
    .object({ entries: z.array(z.unknown()) })
    .parse(JSON.parse(readFileSync(JOURNAL, "utf8")));
  const counts = `${applied} of ${entries.length} migrations are applied`;
  if (applied < entries.length)
    return { state: "missing", version, detail: `${counts}.`, fix: "Run `parley migrate`." };
  if (applied > entries.length) {
    const detail = `${counts}: the schema is newer than this release.`;
    return {
      state: "degraded",
      version,
      detail,
      fix: "Update Parley to the release that migrated the database.",
    };
  }
  return { state: "ok", version, detail: `All ${applied} migrations are applied.`, fix: null };
}

async function readServerVersion(client: Client): Promise<string> {
  const { rows } = await client.query<{ server_version: string }>("SHOW server_version");
  return rows[0]?.server_version.split(" ")[0] ?? "";
}

/** The rows of drizzle's own table, which does not exist before the first migration. */
async function countAppliedMigrations(client: Client): Promise<number> {
  const table = "drizzle.__drizzle_migrations";
  const found = await client.query<{ name: string | null }>("SELECT to_regclass($1)::text AS name", [table]);
  if ((found.rows[0]?.name ?? null) === null) return 0;
  const { rows } = await client.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`);
  return rows[0]?.count ?? 0;
}
