import { and, asc, eq, sql } from "drizzle-orm";
import { openAccountSecrets } from "./account-secrets.ts";
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

/** An account whose secrets no key of this process opens. */
export interface UnreadableAccount extends Omit<StoredAccount, "secrets"> {
  reason: string;
}

export interface AccountList {
  readable: StoredAccount[];
  unreadable: UnreadableAccount[];
}

export async function findTenant(db: Queryable, id: string): Promise<typeof tenants.$inferSelect> {
  const [row] = await db.select().from(tenants).where(eq(tenants.id, id));
  if (row === undefined) throw new Error(`Tenant "${id}" does not exist.`);
  return row;
}

export async function findAccount(
  db: Queryable,
  vault: Vault,
  key: { channel: string; accountId: string },
): Promise<StoredAccount | UnreadableAccount | null> {
  const [row] = await db
    .select()
    .from(channelAccounts)
    .where(and(eq(channelAccounts.channel, key.channel), eq(channelAccounts.id, key.accountId)));
  if (row === undefined) return null;
  return openAccount(vault, row);
}

/** Accounts of one number, page or bot at the vendor. Usually one; several where it is configured twice. */
export async function findAccountsByExternalId(
  db: Queryable,
  vault: Vault,
  key: { channel: string; externalId: string },
): Promise<AccountList> {
  const isWanted = and(
    eq(channelAccounts.channel, key.channel),
    eq(channelAccounts.externalId, key.externalId),
  );
  const rows = await db.select().from(channelAccounts).where(isWanted).orderBy(asc(channelAccounts.id));
  return openAccounts(vault, rows);
}

/** The endpoint responded with 410 Gone: no more sends until an operator enables the account. */
export async function disableAccount(
  db: Queryable,
  key: { channel: string; accountId: string },
): Promise<void> {
  await db
    .update(channelAccounts)
    .set({ disabledAt: sql`now()` })
    .where(and(eq(channelAccounts.channel, key.channel), eq(channelAccounts.id, key.accountId)));
}

/** Each row is opened by itself: one that cannot be decrypted hides no other. */
export async function listAccounts(db: Queryable, vault: Vault): Promise<AccountList> {
  return openAccounts(vault, await db.select().from(channelAccounts));
}

export interface AccountVersion {
  channel: string;
  accountId: string;
  /** Differs after every change of the account. */
  version: string;
}

/** Reads no secrets and no settings. */
export async function listAccountVersions(db: Queryable): Promise<AccountVersion[]> {
  return await db
    .select({ channel: channelAccounts.channel, accountId: channelAccounts.id, version: VERSION })
    .from(channelAccounts);
}

/** Some of the accounts, with their versions. One that was deleted since is missing. */
export async function findAccounts(
  db: Queryable,
  vault: Vault,
  keys: readonly Pick<AccountVersion, "channel" | "accountId">[],
): Promise<{ account: StoredAccount | UnreadableAccount; version: string }[]> {
  const wanted = JSON.stringify(keys.map(({ channel, accountId }) => [channel, accountId]));
  const rows = await db
    .select({ row: channelAccounts, version: VERSION })
    .from(channelAccounts)
    .where(
      sql`(${channelAccounts.channel}, ${channelAccounts.id}) IN (SELECT key->>0, key->>1 FROM json_array_elements(${wanted}::json) AS key)`,
    );
  return rows.map(({ row, version }) => ({ account: openAccount(vault, row), version }));
}

const VERSION = sql<string>`${channelAccounts.version}::text`;

/** Differs after every change of any account. Cheap, so that a process can ask for it often. */
export async function readAccountsVersion(db: Queryable): Promise<{ version: string; asOf: string }> {
  const { rows } = await db.execute<{ version: string; as_of: string }>(sql`
    SELECT count(*) || ':' || coalesce(sum(version), 0) AS version, statement_timestamp()::text AS as_of
    FROM ${channelAccounts}`);
  const [row] = rows;
  if (row === undefined) throw new Error("A count has a row.");
  // As text, because a Date would cut the microseconds off.
  return { version: row.version, asOf: row.as_of };
}

type Row = typeof channelAccounts.$inferSelect;

function openAccounts(vault: Vault, rows: readonly Row[]): AccountList {
  return splitAccounts(rows.map((row) => openAccount(vault, row)));
}

export function splitAccounts(accounts: readonly (StoredAccount | UnreadableAccount)[]): AccountList {
  return {
    readable: accounts.filter(isReadable),
    unreadable: accounts.filter(isUnreadableAccount),
  };
}

export function isReadable(account: StoredAccount | UnreadableAccount): account is StoredAccount {
  return "secrets" in account;
}

function isUnreadableAccount(account: StoredAccount | UnreadableAccount): account is UnreadableAccount {
  return !isReadable(account);
}

export function openAccount(vault: Vault, row: Row): StoredAccount | UnreadableAccount {
  const account = {
    tenantId: row.tenantId,
    accountId: row.id,
    channel: row.channel,
    address: row.address,
    externalId: row.externalId,
    settings: row.settings,
    disabled: row.disabledAt !== null,
  };
  const opened = openAccountSecrets(vault, row);
  return opened.ok ? { ...account, secrets: opened.secrets } : { ...account, reason: opened.reason };
}
