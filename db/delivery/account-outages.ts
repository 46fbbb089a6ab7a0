import { and, eq, isNotNull, isNull, sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { accountOutages } from "../schema/deliveries.ts";
import type { AccountName } from "../tenants/channel-account.ts";

/** The vendor did not accept a send of the account. During a recovery it ends the bringing forward. */
export async function recordAccountFailure(
  db: Queryable,
  { channel, accountId }: AccountName,
): Promise<void> {
  await db
    .insert(accountOutages)
    .values({ channel, accountId })
    .onConflictDoUpdate({
      target: [accountOutages.channel, accountOutages.accountId],
      set: { recoveredAt: null },
      setWhere: isNotNull(accountOutages.recoveredAt),
    });
}

/** The vendor accepted a send. `bringRecoveredForward` then cuts the waits of the account short. */
export async function recordAccountRecovery(db: Queryable, account: AccountName): Promise<void> {
  await noteRecovery(db, account);
}

/** The same as a part of another statement. */
export function noteRecovery(db: Queryable, { channel, accountId }: AccountName) {
  return db
    .update(accountOutages)
    .set({ recoveredAt: sql`clock_timestamp()` })
    .where(
      and(
        eq(accountOutages.channel, channel),
        eq(accountOutages.accountId, accountId),
        isNull(accountOutages.recoveredAt),
      ),
    );
}
