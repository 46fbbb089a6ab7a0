import { and, eq, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import type { Queryable } from "../connection/postgres.ts";
import { conversations } from "../schema/conversations.ts";
import { channelAccounts, tenants } from "../schema/tenants.ts";

/*
 * The assistant is silent while an agent has taken the conversation over, or while the conversation, its account or its tenant is paused.
 * Each reason is one column of a row whose changes wait for the open gates. So no send of the assistant begins after such a write has committed.
 */

export type SilenceReason = "taken_over" | "conversation_paused" | "account_paused" | "tenant_paused";

export function toSilenceReason(row: {
  takenOverBy: string | null;
  conversationPaused: boolean;
  accountPaused: boolean;
  tenantPaused: boolean;
}): SilenceReason | null {
  if (row.takenOverBy !== null) return "taken_over";
  if (row.conversationPaused) return "conversation_paused";
  if (row.accountPaused) return "account_paused";
  return row.tenantPaused ? "tenant_paused" : null;
}

const isSet = (column: PgColumn) => sql<boolean>`${column} IS NOT NULL`;

/** For a query of conversations with their accounts and tenants; `toSilenceReason` reads them. */
export const SILENCE_COLUMNS = {
  takenOverBy: conversations.takenOverBy,
  conversationPaused: isSet(conversations.pausedAt),
  accountPaused: isSet(channelAccounts.pausedAt),
  tenantPaused: isSet(tenants.pausedAt),
};

/** Called before anything is spent. The gate checks the same before each send. */
export async function findSilenceReason(
  db: Queryable,
  conversationId: string,
): Promise<SilenceReason | null> {
  const [row] = await db
    .select(SILENCE_COLUMNS)
    .from(conversations)
    .innerJoin(channelAccounts, isOwnAccount())
    .innerJoin(tenants, eq(tenants.id, conversations.tenantId))
    .where(eq(conversations.id, conversationId));
  return row === undefined ? null : toSilenceReason(row);
}

/** Joins a conversation with its account. */
export function isOwnAccount() {
  return and(
    eq(channelAccounts.channel, conversations.channel),
    eq(channelAccounts.id, conversations.accountId),
  );
}
