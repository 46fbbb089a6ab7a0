import { sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";

/** Messages need the partition of their month. Three months leave time to repair what prevents a new one. */
const MONTHS_AHEAD = 3;

/**
 * Creates the partitions of the coming months. It takes no lock that an INSERT or a reader waits for, and it waits at most 100 ms for its
 * own. Then it fails with 55P03, and the caller tries again later.
 */
export async function ensureMessagePartitions(db: Queryable): Promise<void> {
  await db.execute(sql`SELECT ensure_message_partitions(${MONTHS_AHEAD})`);
}
