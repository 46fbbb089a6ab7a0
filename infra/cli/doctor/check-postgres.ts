import { readFileSync } from "node:fs";
import { sql } from "drizzle-orm";
import { z } from "zod";
import { connectPostgres, type Database } from "../../../db/connection/postgres.ts";
import { inspectDatabase } from "../../../db/health/inspect-database.ts";
import { probeDatabase } from "../../../db/health/probe-database.ts";
import type { Config } from "../../runtime/config/config.ts";
import { classifyPostgresFault } from "../../runtime/faults/postgres-faults.ts";
import type { Fault } from "../../runtime/faults/fault.ts";
import { pooledDatabase } from "../../runtime/servers/database-settings.ts";
import {
  type Check,
  CONNECT_SHARE,
  createMisconfiguration,
  type Finding,
  reportFaults,
  reportOk,
  toDoctorConnection,
} from "./check.ts";

const JOURNAL = new URL("../../../db/migrations/meta/_journal.json", import.meta.url);
/** No statement of the check takes longer, and the setting must be in effect. */
const STATEMENT_MS = 2_000;

/**
 * Connects as a worker does, with the settings of its pool, and makes one transaction with a write. A pooler between the two may refuse the
 * settings, drop them, or forget prepared statements.
 */
export function createPostgresCheck(config: Config): Check {
  return {
    name: "PostgreSQL",
    service: "postgres",
    fix: "Start PostgreSQL, or correct the host and port in DATABASE_URL.",
    async run(_signal, limitMs) {
      const db = connectPostgres({
        ...pooledDatabase(config),
        ...toDoctorConnection(limitMs),
        maxConnections: 2,
        statementTimeoutMs: STATEMENT_MS,
        plans: "kept",
        onError: () => undefined,
      });
      try {
        const problem = await inspectDatabase({
          url: config.DATABASE_URL,
          directUrl: config.DATABASE_DIRECT_URL,
          timeoutMs: limitMs * CONNECT_SHARE,
        });
        if (problem === null) return await inspect(db);
        const { setting, detail, fix } = problem;
        return reportFaults([
          createMisconfiguration("postgres", ["wrong_server", `${setting}: ${detail}`, fix]),
        ]);
      } catch (error) {
        return reportFaults([classifyPostgresFault(error)]);
      } finally {
        await db.$client.end();
      }
    },
  };
}

async function inspect(db: Database): Promise<Finding> {
  const version = await readServerVersion(db);
  const migrated = assessMigrations(await countAppliedMigrations(db), version);
  if (migrated.state !== "ok") return migrated;
  const faults = describeProbe(await probeDatabase(db, { statementTimeoutMs: STATEMENT_MS }));
  return faults.length === 0 ? migrated : reportFaults(faults, { version });
}

function describeProbe({ isReadOnly, lostSettings }: Awaited<ReturnType<typeof probeDatabase>>): Fault[] {
  return [
    ...(isReadOnly
      ? [
          createMisconfiguration("postgres", [
            "read_only",
            "The server accepts no writes: it is a standby, or the database is read-only.",
            "Name the primary in DATABASE_URL.",
          ]),
        ]
      : []),
    ...(lostSettings.length > 0
      ? [
          createMisconfiguration("postgres", [
            "settings_lost",
            `The settings ${lostSettings.join(", ")} of the connection are not in effect: a pooler drops them.`,
            "Configure the pooler as docs/servers.md says, or connect to PostgreSQL itself.",
          ]),
        ]
      : []),
  ];
}

function assessMigrations(applied: number, version: string): Finding {
  const { entries } = z
    .object({ entries: z.array(z.unknown()) })
    .parse(JSON.parse(readFileSync(JOURNAL, "utf8")));
  const counts = `${applied} of ${entries.length} migrations are applied`;
  if (applied === entries.length) return reportOk(`All ${applied} migrations are applied.`, { version });
  if (applied < entries.length)
    return reportFaults(
      [createMisconfiguration("postgres", ["schema_missing", `${counts}.`, "Run `parley migrate`."])],
      { version },
    );
  const newer = createMisconfiguration("postgres", [
    "schema_newer",
    `${counts}: the schema is newer than this release.`,
    "Update Parley to the release that migrated the database.",
  ]);
  return reportFaults([newer], { version, state: "degraded" });
}

async function readServerVersion(db: Database): Promise<string> {
  const { rows } = await db.execute<{ version: string }>(
    sql`SELECT current_setting('server_version') AS version`,
  );
  return rows[0]?.version.split(" ")[0] ?? "";
}

/** The rows of drizzle's own table, which does not exist before the first migration. */
async function countAppliedMigrations(db: Database): Promise<number> {
  const { rows: found } = await db.execute<{ name: string | null }>(
    sql`SELECT to_regclass('drizzle.__drizzle_migrations')::text AS name`,
  );
  if ((found[0]?.name ?? null) === null) return 0;
  const { rows } = await db.execute<{ count: number }>(
    sql`SELECT count(*)::int AS count FROM drizzle.__drizzle_migrations`,
  );
  return rows[0]?.count ?? 0;
}
