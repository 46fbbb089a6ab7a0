import { sql } from "drizzle-orm";
import type { ReceiptKey } from "../delivery/receipts.ts";
import { UTC_TODAY } from "../connection/database-time.ts";
import type { Queryable } from "../connection/postgres.ts";
import { ignoredEvents } from "../schema/conversations.ts";

/** Counts an inbound event that is not used, by name and UTC day. */
export async function countIgnoredEvent(db: Queryable, account: ReceiptKey, what: string): Promise<void> {
  const { tenantId, channel, accountId } = account;
  await db
    .insert(ignoredEvents)
    .values({ tenantId, channel, accountId, what, day: UTC_TODAY, count: 1 })
    .onConflictDoUpdate({
      target: [
        ignoredEvents.tenantId,
        ignoredEvents.channel,
        ignoredEvents.accountId,
        ignoredEvents.what,
        ignoredEvents.day,
      ],
      set: { count: sql`${ignoredEvents.count} + 1` },
    });
}
