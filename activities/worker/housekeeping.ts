import type { Database } from "../../db/connection/postgres.ts";
import { deleteOldEvents } from "../../db/events/outgoing-events.ts";
import { ensureMessagePartitions } from "../../db/health/message-partitions.ts";
import { deleteOldStepFailures } from "../../db/health/step-failures.ts";
import { deleteOldIdempotencyKeys } from "../../db/tenants/idempotency-keys.ts";
import { deleteOldShares, foldBudgets } from "../../db/tenants/budgets.ts";
import { purgeStream } from "../../db/web/stream.ts";
import type { Chore } from "./chores.ts";
import { createMisdirectedAccounts } from "./misdirected-accounts.ts";

const HOUR_MS = 3_600_000;
/** Nothing here is urgent, so a chore that finds a table in use leaves it for minutes. */
const RETRY_MS = 5 * 60_000;
const BATCH = 1_000;
/** A web page that reconnects later loads the conversation again; the transcript keeps all texts. */
const STREAM_DAYS = 30;
const EVENTS_MS = 30 * 24 * HOUR_MS;

/** Creates the partitions of the coming months, looks for misdirected accounts and deletes expired rows in small batches. */
export function createHousekeeping(db: Database): Chore[] {
  const purge = (name: string, everyMs: number, deleteBatch: () => Promise<number>): Chore => ({
    name,
    everyMs,
    retryMs: RETRY_MS,
    run: async () => (await deleteBatch()) === BATCH,
  });
  return [
    {
      name: "partitions",
      everyMs: 6 * HOUR_MS,
      retryMs: RETRY_MS,
      async run() {
        await ensureMessagePartitions(db);
        return false;
      },
    },
    createMisdirectedAccounts(db),
    purge("old_idempotency_keys", HOUR_MS, async () => await deleteOldIdempotencyKeys(db, BATCH)),
    purge("past_budgets", HOUR_MS, async () => await foldBudgets(db, BATCH)),
    purge("old_shares", HOUR_MS, async () => await deleteOldShares(db, BATCH)),
    purge("old_step_failures", HOUR_MS, async () => await deleteOldStepFailures(db, BATCH)),
    purge(
      "old_stream_events",
      6 * HOUR_MS,
      async () => await purgeStream(db, { olderThanDays: STREAM_DAYS, limit: BATCH }),
    ),
    purge(
      "old_events",
      HOUR_MS,
      async () => await deleteOldEvents(db, { olderThanMs: EVENTS_MS, limit: BATCH }),
    ),
  ];
}
