import { sql } from "drizzle-orm";
import { retryTransient } from "../../infra/runtime/retry-transient.ts";
import type { Queryable } from "./postgres.ts";

/** The transaction may still be running, and this query may fail like the COMMIT did. All waits together stay below 1 s. */
const ASK_AGAIN_AFTER_MS = [20, 50, 100, 200, 400];

/**
 * Whether a transaction was committed although the response to its COMMIT was lost, by its `pg_current_xact_id()`. Also false
 * when that cannot be determined, so the caller must not rely on the commit.
 */
export async function isCommitted(db: Queryable, transaction: string): Promise<boolean> {
  const options = { isTransient: () => true, waitsMs: ASK_AGAIN_AFTER_MS };
  // Not logged: the caller then repeats the transaction, which reports the error.
  return await retryTransient(options, async () => {
    const status = await readStatus(db, transaction);
    if (status === "in progress") throw new Error(`Transaction ${transaction} is still running.`);
    return status === "committed";
  }).catch(() => false);
}

async function readStatus(db: Queryable, transaction: string): Promise<string | undefined> {
  const { rows } = await db.execute<{ status: string }>(
    sql`SELECT pg_xact_status(${transaction}::xid8) AS status`,
  );
  return rows[0]?.status;
}
