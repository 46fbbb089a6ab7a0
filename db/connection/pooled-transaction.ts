import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import type pg from "pg";

/** pg's own words when `query_timeout` is over. */
const QUERY_TIMEOUT_MESSAGE = "Query read timeout";
/** The connection's named statements are no longer what we take them for: a migration changed a table below them, or a pooler lost them. */
const STALE_STATEMENT_CODES: ReadonlySet<unknown> = new Set(["0A000", "26000"]);

/**
 * Transactions on connections of a pool, in place of drizzle's own (0.45), which loses what a dying connection takes along:
 *
 * - A BEGIN that fails is never followed by a release there: the connection would count as in use for ever, and ten of them are the pool.
 * - pg stops waiting for a late answer and keeps the connection. The ROLLBACK would wait for it as well, and then whoever has the
 *   connection next: so it ends with the first answer that does not come.
 */
export function createPooledTransaction(pool: pg.Pool): NodePgDatabase["transaction"] {
  return async (work, config) => {
    const client = await pool.connect();
    let failure: Error | undefined;
    const ask = client.query.bind(client) as (...question: unknown[]) => Promise<unknown>;
    const query = async (...question: unknown[]) => {
      try {
        return await ask(...question);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        // Without a code it is not the server that speaks.
        if (!("code" in error) || STALE_STATEMENT_CODES.has(error.code)) failure ??= error;
        if (error.message === QUERY_TIMEOUT_MESSAGE) void client.end();
        throw error;
      }
    };
    try {
      return await drizzle({ client: { query } as unknown as pg.PoolClient }).transaction(work, config);
    } finally {
      client.release(failure);
    }
  };
}
