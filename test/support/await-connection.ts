import { sql } from "drizzle-orm";
import type { Database } from "../../db/connection/postgres.ts";
import { eventually } from "./eventually.ts";

/** How long the pools of tests wait for a connection: on a busy machine longer than the pools of the product. */
export const TEST_CONNECT_MS = 60_000;

/** Opens the first connection of a pool. On a busy machine this may take longer than the pool waits for it. */
export async function awaitConnection(db: Database): Promise<void> {
  await eventually("a connection", async () => await db.execute(sql`SELECT 1`).catch(() => null));
}
