import { deleteOldIdempotencyKeys } from "../../db/tenants/idempotency-keys.ts";
import type { Database } from "../../db/connection/postgres.ts";
import { ensurePartitions } from "../../db/turns/unstarted-messages.ts";
import { purgeStream } from "../../db/web/stream.ts";

const EVERY_MS = 6 * 3_600_000;
const MONTHS_AHEAD = 3;
/** A page that was away for longer begins anew; the transcript keeps what was said. */
const STREAM_DAYS = 30;
const BATCH = 1_000;

/** Makes partitions for the months to come and deletes what has had its time, a few times a day and in small batches. */
export function createSweepOldRows(db: Database) {
  let nextAt = 0;
  return async function sweepOldRows(): Promise<void> {
    if (Date.now() < nextAt) return;
    await ensurePartitions(db, MONTHS_AHEAD);
    await deleteOldIdempotencyKeys(db);
    const deleted = await purgeStream(db, { olderThanDays: STREAM_DAYS, limit: BATCH });
    // Where there is more the next round goes on.
    if (deleted < BATCH) nextAt = Date.now() + EVERY_MS;
  };
}
