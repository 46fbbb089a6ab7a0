import { sql } from "drizzle-orm";
import type { ReceiptKey } from "./receipts.ts";
import type { Queryable } from "./postgres.ts";
import { ignoredItems } from "./schema/conversations.ts";

/** Counts what came in and is of no use to us, by name and UTC day. */
export async function countIgnored(db: Queryable, account: ReceiptKey, what: string): Promise<void> {
  const { tenantId, channel, accountId } = account;
  await db
    .insert(ignoredItems)
    .values({ tenantId, channel, accountId, what, day: sql`(now() AT TIME ZONE 'UTC')::date`, count: 1 })
    .onConflictDoUpdate({
      target: [
        ignoredItems.tenantId,
        ignoredItems.channel,
        ignoredItems.accountId,
        ignoredItems.what,
        ignoredItems.day,
      ],
      set: { count: sql`${ignoredItems.count} + 1` },
    });
}
