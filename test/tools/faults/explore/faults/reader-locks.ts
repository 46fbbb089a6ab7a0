import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { ensureMessagePartitions } from "../../../../../db/health/message-partitions.ts";
import type { RoundContext } from "../round-context.ts";

/** A backup or a long report reads the transcript while housekeeping has to create a partition. */
export async function holdReaderLocks(
  { faultSandbox: { db } }: RoundContext,
  forMs: number,
): Promise<number> {
  const { rows } = await db.execute<{ name: string }>(sql`
    SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'messages'::regclass
    ORDER BY inhrelid::regclass::text DESC LIMIT 1`);
  const newest = rows[0]?.name;
  if (newest === undefined) return 0;
  // The partition of a later month is empty, so that nothing is lost.
  await db.execute(sql.raw(`DROP TABLE ${newest}`));
  let chore: Promise<unknown> = Promise.resolve();
  await db.transaction(async (reader) => {
    await reader.execute(sql`LOCK TABLE messages IN ACCESS SHARE MODE`);
    // Housekeeping would do it within hours. It may fail because it had to wait, but no message may wait for it.
    chore = ensureMessagePartitions(db).catch(() => undefined);
    await sleep(forMs);
  });
  await chore;
  return 1;
}
