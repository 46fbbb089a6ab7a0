import { and, eq, gte, notExists, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { UTC_TODAY } from "../connection/database-time.ts";
import type { Queryable } from "../connection/postgres.ts";
import { conversations, ignoredEvents } from "../schema/conversations.ts";

/** The counter of events that name an account which is not configured. */
export const OTHER_ACCOUNT = "other_account";

export interface MisdirectedAccount {
  tenantId: string;
  channel: string;
  accountId: string;
  /** Events since yesterday, UTC. */
  events: number;
}

/** Events of yesterday count: just after midnight an account has none of today. */
const SINCE = sql`${UTC_TODAY} - 1`;

/**
 * Accounts whose webhook is called and whose every event since yesterday names another account: their own id is wrong. One message or one other
 * event shows that the id is right, because an app of Meta also reports on pages that are not configured.
 */
export async function findMisdirectedAccounts(db: Queryable): Promise<MisdirectedAccount[]> {
  const { tenantId, channel, accountId, what, day, count } = ignoredEvents;
  const other = alias(ignoredEvents, "other");
  const isSameAccount = and(
    eq(other.accountId, accountId),
    eq(other.channel, channel),
    eq(other.tenantId, tenantId),
  );
  const isOwn = and(
    eq(conversations.accountId, accountId),
    eq(conversations.channel, channel),
    eq(conversations.tenantId, tenantId),
  );
  const spoken = sql`${conversations.lastInboundAt} >= (${SINCE})::timestamp AT TIME ZONE 'UTC'`;
  return await db
    .select({ tenantId, channel, accountId, events: sql<number>`sum(${count})::int` })
    .from(ignoredEvents)
    .where(
      and(
        eq(what, OTHER_ACCOUNT),
        gte(day, SINCE),
        notExists(
          db
            .select({ one: sql`1` })
            .from(other)
            .where(and(isSameAccount, sql`${other.what} <> ${OTHER_ACCOUNT}`, gte(other.day, SINCE))),
        ),
        notExists(
          db
            .select({ one: sql`1` })
            .from(conversations)
            .where(and(isOwn, spoken)),
        ),
      ),
    )
    .groupBy(tenantId, channel, accountId);
}
