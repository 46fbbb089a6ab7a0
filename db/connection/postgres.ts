import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import type pg from "pg";
import { findPostgresFault, isSqlState } from "../../infra/runtime/faults/postgres-faults.ts";
import { applyLocalSettings } from "../../infra/runtime/patches/local-settings.ts";
import { nameStatements } from "../../infra/runtime/patches/name-statements.ts";
import { TIME_LIMITS_MS } from "../../workflows/time-limits.ts";
import { patchTransaction, withPooledConnection } from "../../infra/runtime/patches/pooled-transaction.ts";
import { supportsNames } from "./pooler-names.ts";
import {
  type Plans,
  toQueryTimeoutMs,
  toStartupParameters,
  toTransactionSettings,
} from "./session-settings.ts";
import { StepPool } from "./step-pool.ts";

export type Database = NodePgDatabase & { $client: pg.Pool };
/** A database or an open transaction on it. */
export type Queryable = Pick<Database, "select" | "insert" | "update" | "delete" | "execute" | "transaction">;

export interface PostgresOptions {
  url: string;
  /** The URL leads to a pooler such as PgBouncer, which may give each transaction another session. Default: false. */
  isPooled?: boolean;
  maxConnections: number;
  applicationName: string;
  /** Time limit of one statement, ms. */
  statementTimeoutMs?: number;
  /** How long a caller waits for a connection, ms. */
  connectTimeoutMs?: number;
  /** Default: each_time. */
  plans?: Plans;
  onError(error: Error): void;
  /** There are more texts of statements than names for them, so the server parses and plans the rare ones at each use. Called once. */
  onNamesFull?(names: number): void;
}

/**
 * A new connection takes 8 ms or more, which delays an acknowledgement, and has no prepared statements. So the connections of
 * a busy minute stay open. Balancers and firewalls drop idle connections after 350 s or more.
 */
const IDLE_MS = 300_000;
/** The server accepts no writes. */
const READ_ONLY = "25006";

/** Fails fast: a caller that waits for Postgres keeps a webhook or a workflow task open, and both have a fallback. */
export function connectPostgres({
  url,
  isPooled = false,
  maxConnections,
  applicationName,
  statementTimeoutMs = TIME_LIMITS_MS.statement,
  connectTimeoutMs = TIME_LIMITS_MS.postgresConnect,
  plans = "each_time",
  onError,
  onNamesFull,
}: PostgresOptions): Database {
  const settings = { plans, statementTimeoutMs };
  const named = new WeakSet<object>();
  const pool = new StepPool(url, {
    max: maxConnections,
    application_name: applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: toQueryTimeoutMs(settings),
    ...(isPooled ? toPoolerHook(named) : toStartupParameters(settings)),
    idleTimeoutMillis: IDLE_MS,
    keepAlive: true,
  });
  // Without a listener a broken connection ends the process. The pool listens to idle connections, this listener to those in
  // use.
  pool.on("error", onError);
  pool.on("connect", (client) => {
    client.on("error", onError);
  });
  if (isPooled) applyLocalSettings(pool, toTransactionSettings(settings));
  nameStatements(pool, {
    onFull: onNamesFull,
    ...(isPooled ? { canName: (client) => named.has(client) } : {}),
  });
  return patchTransaction(drizzle({ client: pool }), pool);
}

/** Each connection is asked, because a pooler can be replaced or get another configuration while this process runs. The pool waits for it. */
function toPoolerHook(named: WeakSet<object>): pg.PoolConfig {
  // The types of pg know no hook that the pool waits for.
  const onConnect: (client: pg.ClientBase) => unknown = async (client) => {
    if (await supportsNames(client)) named.add(client);
  };
  return { onConnect };
}

/**
 * Runs the queries of one phase of a step on one connection. Each query for itself would wait for a connection of its own, and after an
 * outage, when the pool is full, many short waits are longer than the time limit of the step.
 */
export async function withConnection<T>(db: Database, work: (one: Queryable) => Promise<T>): Promise<T> {
  return await withPooledConnection(db.$client, work);
}

/**
 * True where Postgres cannot be reached or does not respond: the server is down, starting, full (connections, memory, disk), cannot read or
 * write its disk, or was too late. A standby becomes the primary at a failover. False where it rejects the statement.
 */
export function isTransientDbError(error: unknown): boolean {
  const fault = findPostgresFault(error);
  if (fault === null) return false;
  const state = findSqlState(error);
  return fault.kind === "outage" || state === null || state === READ_ONLY;
}

/**
 * True where the store is the cause and not the statement's data: Postgres is unavailable, or it rejects the statement for a reason that
 * an operator or a migration removes (a missing table, a permission, a full disk). Such a write succeeds later as it is.
 */
export function isStoreError(error: unknown): boolean {
  return findPostgresFault(error) !== null && !isPermanentDbError(error);
}

/** The code of PostgreSQL's own error, among the causes of this one. */
export function findSqlState(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (error.cause instanceof Error) return findSqlState(error.cause);
  return "code" in error && isSqlState(error.code) ? error.code : null;
}

/**
 * True where Postgres would reject the statement every time: a data exception (SQLSTATE class 22), a constraint (class 23) or a value
 * beyond a limit of the server (class 54).
 */
export function isPermanentDbError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.cause instanceof Error) return isPermanentDbError(error.cause);
  if (!("code" in error) || typeof error.code !== "string") return false;
  // A row without a partition is reported as the violation of a check that has no name. The sweeper creates the partition later.
  const isPartitionMissing = error.code === "23514" && !("constraint" in error && error.constraint);
  return /^(22|23|54)[0-9A-Z]{3}$/.test(error.code) && !isPartitionMissing;
}

/** True where Postgres works and has ended a statement at its time limit. */
export function isStatementTimeout(error: unknown): boolean {
  return hasSqlState(error, "57014");
}

/** True for an error of the server with this SQLSTATE. */
export function hasSqlState(error: unknown, code: string): boolean {
  if (!(error instanceof Error)) return false;
  return ("code" in error && error.code === code) || hasSqlState(error.cause, code);
}
