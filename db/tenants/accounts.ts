import { and, asc, eq, sql } from "drizzle-orm";
import type { ChannelAccount } from "./channel-account.ts";
import type { Queryable } from "../connection/postgres.ts";
import { channelAccounts, tenants } from "../schema/tenants.ts";
import type { Vault } from "../connection/vault.ts";

export interface Tenant {
  id: string;
  businessName: string;
  dailyBudgetUsd: number;
}

export interface StoredAccount extends ChannelAccount {
  disabled: boolean;
}

export async function findTenant(db: Queryable, id: string): Promise<Tenant> {
  const [row] = await db.select().from(tenants).where(eq(tenants.id, id));
  if (row === undefined) throw new Error(`Tenant "${id}" does not exist.`);
  return row;
}

export async function upsertTenant(db: Queryable, tenant: Tenant): Promise<void> {
  const { businessName, dailyBudgetUsd } = tenant;
  const set = { businessName, dailyBudgetUsd };
  await db.insert(tenants).values(tenant).onConflictDoUpdate({ target: tenants.id, set });
}

/**
 * The environment overwrites the fields of an account that it names, at every start. Other fields keep the value that the API
 * set.
 */
export async function upsertAccount(db: Queryable, vault: Vault, account: ChannelAccount): Promise<void> {
  const { tenantId, accountId, channel, address, externalId } = account;
  const secrets = vault.sealForTenant(
    tenantId,
    `account:${channel}/${accountId}`,
    JSON.stringify(account.secrets),
  );
  const row = { tenantId, address, externalId, secrets, disabledAt: null };
  const settingsJson = JSON.stringify(account.settings);
  await db
    .insert(channelAccounts)
    .values({ channel, id: accountId, ...row, settings: account.settings })
    .onConflictDoUpdate({
      target: [channelAccounts.channel, channelAccounts.id],
      set: { ...row, settings: sql`${channelAccounts.settings} || ${settingsJson}::jsonb` },
    });
}

export async function findAccount(
  db: Queryable,
  vault: Vault,
  key: { channel: string; accountId: string },
): Promise<StoredAccount | null> {
  const [row] = await db
    .select()
    .from(channelAccounts)
    .where(and(eq(channelAccounts.channel, key.channel), eq(channelAccounts.id, key.accountId)));
  return row === undefined ? null : decryptAccount(vault, row);
}

/** Accounts of one number, page or bot at the vendor. Usually one; several where it is configured twice. */
export async function findAccountsByExternalId(
  db: Queryable,
  vault: Vault,
  key: { channel: string; externalId: string },
): Promise<StoredAccount[]> {
  const isWanted = and(
    eq(channelAccounts.channel, key.channel),
    eq(channelAccounts.externalId, key.externalId),
  );
  const rows = await db.select().from(channelAccounts).where(isWanted).orderBy(asc(channelAccounts.id));
  return rows.map((row) => decryptAccount(vault, row));
}

/** The endpoint responded with 410 Gone: no more sends until the account is configured again. */
export async function disableAccount(
  db: Queryable,
  key: { channel: string; accountId: string },
): Promise<void> {
  await db
    .update(channelAccounts)
    .set({ disabledAt: sql`now()` })
    .where(and(eq(channelAccounts.channel, key.channel), eq(channelAccounts.id, key.accountId)));
}

export async function listAccounts(db: Queryable, vault: Vault): Promise<StoredAccount[]> {
  const rows = await db.select().from(channelAccounts);
  return rows.map((row) => decryptAccount(vault, row));
}

function decryptAccount(vault: Vault, row: typeof channelAccounts.$inferSelect): StoredAccount {
  const secrets = vault.openForTenant(row.tenantId, `account:${row.channel}/${row.id}`, row.secrets);
  return {
    tenantId: row.tenantId,
    accountId: row.id,
    channel: row.channel,
    address: row.address,
    externalId: row.externalId,
    settings: row.settings,
    disabled: row.disabledAt !== null,
    secrets: JSON.parse(secrets) as ChannelAccount["secrets"],
  };
}
