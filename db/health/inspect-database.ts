import type pg from "pg";
import { openPostgresClient } from "../connection/postgres-client.ts";

/** A database that Parley cannot use as it is configured. An unavailable one is no such problem: its error is thrown. */
export interface DatabaseProblem {
  setting: "DATABASE_URL" | "DATABASE_DIRECT_URL";
  /** One sentence each. */
  detail: string;
  fix: string;
}

export interface InspectOptions {
  url: string;
  /** The server itself, where `url` leads to a pooler. */
  directUrl?: string | undefined;
  /** Time limit of the connection and of each statement, ms. */
  timeoutMs?: number;
}

/** `idle_session_timeout`, which ends the lock of a sweeper that hangs, is of version 14. */
const MIN_VERSION = 14;
const TIMEOUT_MS = 2_000;

interface Server {
  isPooler: boolean;
  version: number;
  /** The same for two connections to one database, also through a pooler and for users with different time zones. */
  identity: string;
}

/** Finds by one connection to each URL what would fail later, or would have no effect without an error. */
export async function inspectDatabase({
  url,
  directUrl,
  timeoutMs = TIMEOUT_MS,
}: InspectOptions): Promise<DatabaseProblem | null> {
  const server = await inspectServer(url, timeoutMs);
  if (server === "statement_mode")
    return {
      setting: "DATABASE_URL",
      detail: "It leads to a pooler that ends each transaction after one statement.",
      fix: "Set pool_mode of PgBouncer to transaction.",
    };
  if (server.version < MIN_VERSION)
    return {
      setting: "DATABASE_URL",
      detail: `It leads to PostgreSQL ${server.version}.`,
      fix: `Use PostgreSQL ${MIN_VERSION} or later.`,
    };
  if (directUrl === undefined) {
    if (!server.isPooler) return null;
    return {
      setting: "DATABASE_URL",
      detail: "It leads to a pooler, which loses settings, locks and notifications of a session.",
      fix: "Set DATABASE_DIRECT_URL to the address of the server itself: docs/servers.md.",
    };
  }
  return compare(server, await inspectServer(directUrl, timeoutMs));
}

function compare(pooled: Server, direct: Server | "statement_mode"): DatabaseProblem | null {
  const setting = "DATABASE_DIRECT_URL";
  if (direct === "statement_mode" || direct.isPooler)
    return {
      setting,
      detail: "It leads to a pooler too, so locks and notifications are lost.",
      fix: "Set it to the address of the PostgreSQL server.",
    };
  if (direct.identity !== pooled.identity)
    return {
      setting,
      detail: "It leads to another database than DATABASE_URL.",
      fix: "Set both to the same database of the same server.",
    };
  return null;
}

async function inspectServer(url: string, timeoutMs: number): Promise<Server | "statement_mode"> {
  const client = await openPostgresClient(url, {
    application_name: "parley-inspect",
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    onError: () => undefined,
  });
  try {
    await client.query("BEGIN");
    const { rows } = await client.query<{ pid: number; version: number; identity: string }>(`
      SELECT pg_backend_pid() AS pid, current_setting('server_version_num')::int / 10000 AS version,
        concat_ws(' ', current_database(), extract(epoch FROM pg_postmaster_start_time())) AS identity`);
    await client.query("COMMIT");
    const [row] = rows;
    if (row === undefined) throw new Error("The server gave no row.");
    // A pooler has keys of its own for the cancellation of statements, because its clients share the sessions of the server.
    return { isPooler: readOwnPid(client) !== row.pid, version: row.version, identity: row.identity };
  } catch (error) {
    if (error instanceof Error && /statement pooling/i.test(error.message)) return "statement_mode";
    throw error;
  } finally {
    // Not logged: the connection is lost already.
    await client.end().catch(() => undefined);
  }
}

function readOwnPid(client: pg.Client): unknown {
  return (client as unknown as { processID: unknown }).processID;
}
