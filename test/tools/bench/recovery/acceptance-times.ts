import { and, eq, inArray, max, sql } from "drizzle-orm";
import type { Database } from "../../../../db/connection/postgres.ts";
import { inbox } from "../../../../db/schema/conversations.ts";
import { deliveries } from "../../../../db/schema/deliveries.ts";

/** The time at which the channel accepted the last part of each reply (ms since 1970). Messages without a reply are absent. */
export async function acceptanceTimes(
  db: Database,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .select({
      id: inbox.providerMessageId,
      at: sql<number>`extract(epoch from ${max(deliveries.acceptedAt)}) * 1000`.mapWith(Number),
    })
    .from(inbox)
    .innerJoin(deliveries, eq(deliveries.turnId, inbox.turnId))
    .where(and(inArray(inbox.providerMessageId, [...ids]), eq(deliveries.state, "accepted")))
    .groupBy(inbox.providerMessageId);
  return new Map(rows.map(({ id, at }) => [id, at]));
}
