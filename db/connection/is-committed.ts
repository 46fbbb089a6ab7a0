import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import type { Queryable } from "./postgres.ts";

/** It may still be running, and the question may get lost as the COMMIT did: together these waits are below 1 s. */
const ASK_AFTER_MS = [0, 20, 50, 100, 200, 400];

/**
 * What became of a transaction of which only the COMMIT's answer is missing, by its `pg_current_xact_id()`. False also where that
 * cannot be learnt: then nobody may count on it.
 */
export async function isCommitted(db: Queryable, transaction: string): Promise<boolean> {
  for (const waitMs of ASK_AFTER_MS) {
    await sleep(waitMs);
    const status = await statusOf(db, transaction).catch(() => "unreachable");
    if (status === "committed") return true;
    if (status === "aborted") return false;
  }
  return false;
}

async function statusOf(db: Queryable, transaction: string): Promise<string | undefined> {
  const { rows } = await db.execute<{ status: string }>(
    sql`SELECT pg_xact_status(${transaction}::xid8) AS status`,
  );
  return rows[0]?.status;
}
