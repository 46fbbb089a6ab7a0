import { and, count, eq, inArray, max, sql } from "drizzle-orm";
import type { Database } from "../../../../db/connection/postgres.ts";
import { inbox } from "../../../../db/schema/conversations.ts";
import { deliveries } from "../../../../db/schema/deliveries.ts";
import { eventually } from "../../../support/eventually.ts";
import { quantile } from "../load/latencies.ts";

export interface ReplyTimes {
  messages: number;
  p50_ms: number;
  p95_ms: number;
  p99_ms: number;
  max_ms: number;
}

/** The time from the arrival of a message until the channel has accepted the last part of its reply. */
export async function readReplyTimes(db: Database, ids: readonly string[]): Promise<ReplyTimes> {
  const rows = await db
    .select({
      ms: sql<number>`extract(epoch from ${max(deliveries.acceptedAt)} - ${inbox.receivedAt}) * 1000`.mapWith(
        Number,
      ),
    })
    .from(inbox)
    .innerJoin(deliveries, eq(deliveries.turnId, inbox.turnId))
    .where(and(inArray(inbox.providerMessageId, [...ids]), eq(deliveries.state, "accepted")))
    .groupBy(inbox.providerMessageId, inbox.receivedAt);
  if (rows.length !== ids.length)
    throw new Error(
      `Only ${rows.length} of ${ids.length} messages were answered, so there are no valid figures.`,
    );
  const sorted = rows.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return {
    messages: rows.length,
    p50_ms: quantile(sorted, 0.5),
    p95_ms: quantile(sorted, 0.95),
    p99_ms: quantile(sorted, 0.99),
    max_ms: quantile(sorted, 1),
  };
}

/** The number of messages without an outcome. */
export async function countOpen(db: Database): Promise<number> {
  const [row] = await db
    .select({ open: count() })
    .from(inbox)
    .where(inArray(inbox.state, ["pending", "in_turn"]));
  return row?.open ?? 0;
}

const ANSWERED_WITHIN_MS = 120_000;

/** Resolves when every message has an outcome. */
export async function awaitIdle(db: Database): Promise<void> {
  await eventually("replies to all messages", async () => (await countOpen(db)) === 0, ANSWERED_WITHIN_MS);
}
