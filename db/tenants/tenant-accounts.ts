import { randomBytes } from "node:crypto";
import { and, eq, sql } from "drizzle-orm";
import { openAccountSecrets, sealAccountSecrets, type Secrets } from "./account-secrets.ts";
import type { ChannelAccount } from "./channel-account.ts";
import { keysetBefore, toMicros, type Page, toPage, type PageRequest } from "../connection/page.ts";
import type { Queryable } from "../connection/postgres.ts";
import { channelAccounts } from "../schema/tenants.ts";
import type { Vault } from "../connection/vault.ts";

/*
 * Channel accounts as their tenant manages them. They are never deleted, because conversations refer to them; an unwanted
 * account is disabled. Every change waits for the open gates of the account, by a trigger.
 */

export interface TenantAccount extends Omit<ChannelAccount, "secrets"> {
  /** Null where no key of this process opens them. */
  secrets: Secrets | null;
  disabledAt: Date | null;
  pausedAt: Date | null;
  createdAt: Date;
}

export interface AccountKey {
  tenantId: string;
  channel: string;
  accountId: string;
}

/** Parley chooses the ids: with a chosen id the error "it exists" would reveal an account of another tenant. */
export async function addAccount(
  db: Queryable,
  vault: Vault,
  account: Omit<ChannelAccount, "accountId">,
): Promise<TenantAccount> {
  const { tenantId, channel, address, externalId, settings } = account;
  const id = randomBytes(8).toString("hex");
  const secrets = sealAccountSecrets(vault, { ...account, id });
  const [row] = await db
    .insert(channelAccounts)
    .values({ channel, id, tenantId, address, externalId, secrets, settings })
    .returning();
  if (row === undefined) throw new Error("An account that was just made is not there.");
  return openAccount(vault, row);
}

export async function findTenantAccount(
  db: Queryable,
  vault: Vault,
  key: AccountKey,
): Promise<TenantAccount | null> {
  const [row] = await db.select().from(channelAccounts).where(isAccount(key));
  return row === undefined ? null : openAccount(vault, row);
}

export async function listTenantAccounts(
  db: Queryable,
  vault: Vault,
  { tenantId, channel }: { tenantId: string; channel: string | undefined },
  page: PageRequest,
): Promise<Page<TenantAccount>> {
  const id = sql<string>`${channelAccounts.channel} || '/' || ${channelAccounts.id}`;
  const rows = await db
    .select({ row: channelAccounts, id, at: toMicros(channelAccounts.createdAt) })
    .from(channelAccounts)
    .where(
      and(
        eq(channelAccounts.tenantId, tenantId),
        channel === undefined ? undefined : eq(channelAccounts.channel, channel),
        keysetBefore({ createdAt: channelAccounts.createdAt, id }, page),
      ),
    )
    .orderBy(sql`${channelAccounts.createdAt} DESC`, sql`${id} DESC`)
    .limit(page.limit + 1);
  const { rows: pageRows, next } = toPage(rows, page);
  return { rows: pageRows.map(({ row }) => openAccount(vault, row)), next };
}

export type AccountChange = Partial<
  Pick<TenantAccount, "address" | "externalId" | "settings" | "disabledAt"> & { secrets: Secrets }
>;

/** Changes an account based on its present state; `change` may throw. Null where the tenant has no such account. */
export async function changeAccount(
  db: Queryable,
  vault: Vault,
  key: AccountKey,
  change: (now: TenantAccount) => AccountChange,
): Promise<TenantAccount | null> {
  return await db.transaction(async (tx) => {
    const [row] = await tx.select().from(channelAccounts).where(isAccount(key)).for("update");
    if (row === undefined) return null;
    const now = openAccount(vault, row);
    const { secrets, ...rest } = change(now);
    const next = secrets === undefined ? {} : { secrets: sealAccountSecrets(vault, { ...row, secrets }) };
    const [changed] = await tx
      .update(channelAccounts)
      // An empty change would be invalid SQL.
      .set({ id: row.id, ...rest, ...next })
      .where(isAccount(key))
      .returning();
    return changed === undefined ? null : openAccount(vault, changed);
  });
}

function isAccount({ tenantId, channel, accountId }: AccountKey) {
  return and(
    eq(channelAccounts.tenantId, tenantId),
    eq(channelAccounts.channel, channel),
    eq(channelAccounts.id, accountId),
  );
}

function openAccount(vault: Vault, row: typeof channelAccounts.$inferSelect): TenantAccount {
  const { id, secrets: _sealed, ...rest } = row;
  const opened = openAccountSecrets(vault, row);
  return { ...rest, accountId: id, secrets: opened.ok ? opened.secrets : null };
}
