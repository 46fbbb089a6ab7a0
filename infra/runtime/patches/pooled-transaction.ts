import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import type pg from "pg";
import { findStepEnd, throwIfEnded } from "../step-end.ts";
import { checkPatch } from "./check-patch.ts";
import { CLIENT_QUERY, SESSION_TRANSACTION } from "./postgres-targets.ts";

export const POOLED_TRANSACTION_TARGETS = [CLIENT_QUERY, SESSION_TRANSACTION];

/** pg's error text after `query_timeout`. */
const QUERY_TIMEOUT_MESSAGE = "Query read timeout";
/** A step without time left ends its transaction. Every other statement is refused. */
const END_OF_TRANSACTION = /^(commit|rollback|release)/i;
/**
 * The next user of the connection would get the same error. Its named statements are stale, because a migration changed a table or a pooler
 * dropped or mixed them; or its server has become a standby.
 */
const LASTING_CODES: ReadonlySet<unknown> = new Set(["0A000", "26000", "42P05", "25006"]);

/**
 * Replaces drizzle's transaction on a pool, which loses connections when one fails:
 *
 * - After a BEGIN that fails, drizzle does not release the connection. It counts as in use for ever, and ten of them are the pool.
 * - After a query timeout, pg keeps the connection. The ROLLBACK waits for the same late response, and so does the next user of the
 *   connection. Here the first timeout ends the connection.
 */
export function patchTransaction(db: NodePgDatabase, pool: pg.Pool): NodePgDatabase & { $client: pg.Pool } {
  checkPatch("infra/runtime/patches/pooled-transaction.ts", POOLED_TRANSACTION_TARGETS);
  const transaction: NodePgDatabase["transaction"] = async (work, config) =>
    await withPooledConnection(pool, async (one) => await one.transaction(work, config));
  return Object.assign(db, { $client: pool, transaction });
}

/** Runs `work` on one connection of the pool. Its queries run one after the other, and each outside of a transaction. */
export async function withPooledConnection<T>(
  pool: pg.Pool,
  work: (one: NodePgDatabase) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let failure: Error | undefined;
  const ask = client.query.bind(client) as (...given: unknown[]) => Promise<unknown>;
  const query = async (...given: unknown[]) => {
    if (!END_OF_TRANSACTION.test(readText(given[0]))) throwIfEnded(findStepEnd());
    try {
      return await ask(...given);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // An error without a code does not come from the server: the connection itself failed.
      if (!("code" in error) || LASTING_CODES.has(error.code)) failure ??= error;
      if (error.message === QUERY_TIMEOUT_MESSAGE) void client.end();
      throw error;
    }
  };
  try {
    return await work(drizzle({ client: { query } as unknown as pg.PoolClient }));
  } finally {
    client.release(failure);
  }
}

function readText(statement: unknown): string {
  return typeof statement === "string" ? statement : (statement as { text: string }).text;
}
