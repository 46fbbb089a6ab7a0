import { deleteOldIdempotencyKeys } from "../../db/tenants/idempotency-keys.ts";
import type { Database } from "../../db/connection/postgres.ts";
import { ensurePartitions } from "../../db/turns/unstarted-messages.ts";
import { purgeStream } from "../../db/web/stream.ts";

const EVERY_MS = 6 * 3_600_000;
const MONTHS_AHEAD = 3;
/** A web page that reconnects later loads the conversation again; the transcript keeps all texts. */
const STREAM_DAYS = 30;
const BATCH = 1_000;

/** Creates the partitions of the coming months and deletes expired rows, a few times a day and in small batches. */
export function createSweepOldRows(db: Database) {
  let nextAt = 0;
  return async function sweepOldRows(): Promise<void> {
    if (Date.now() < nextAt) return;
    await ensurePartitions(db, MONTHS_AHEAD);
    await deleteOldIdempotencyKeys(db);
    const deleted = await purgeStream(db, { olderThanDays: STREAM_DAYS, limit: BATCH });
    // With more to delete, the next round continues.
    if (deleted < BATCH) nextAt = Date.now() + EVERY_MS;
  };
}
