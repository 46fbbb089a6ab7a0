import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { and, eq } from "drizzle-orm";
import type { Database } from "../connection/postgres.ts";
import { channelAccounts, tenants } from "../schema/tenants.ts";
import type { Vault } from "../connection/vault.ts";
import { openAccountSecrets, sealAccountSecrets } from "./account-secrets.ts";
import type { Tenant } from "./accounts.ts";
import type { ChannelAccount } from "./channel-account.ts";

/*
 * The environment describes a tenant and its accounts, and `migrate` stores them at every deployment. The API and the command line change
 * them too. The newer description wins: a hash of each part of the environment is stored with the row, and a part is written only when the
 * environment itself has changed since.
 */

/** What a row shows that differs from the environment, because the API changed it later. */
export interface Seeded {
  isNew: boolean;
  /** Parts that were written, because the environment has changed. */
  written: string[];
  /** Parts that the environment describes otherwise, and that were left as the API set them. */
  kept: string[];
  isDisabled: boolean;
}

type Parts = Readonly<Record<string, unknown>>;

export async function upsertTenant(db: Database, tenant: Tenant): Promise<Seeded> {
  const { id, businessName, dailyBudgetUsd } = tenant;
  return await db.transaction(async (tx) => {
    const parts = { businessName, dailyBudgetUsd };
    const environment = hashParts(hashPlain, parts);
    const made = await tx
      .insert(tenants)
      .values({ ...tenant, environment })
      .onConflictDoNothing()
      .returning({ id: tenants.id });
    if (made.length > 0) return NEW;
    const [row] = await tx.select().from(tenants).where(eq(tenants.id, id)).for("update");
    if (row === undefined) throw new Error(`Tenant "${id}" does not exist.`);
    const { written, kept } = compareParts({ parts, present: row, environment, before: row.environment });
    const change = Object.fromEntries(written.map((name) => [name, parts[name as keyof typeof parts]]));
    await tx
      .update(tenants)
      .set({ ...change, environment })
      .where(eq(tenants.id, id));
    return { isNew: false, written, kept, isDisabled: false };
  });
}

/** A disabled account stays disabled: only an operator enables it again. */
export async function upsertAccount(db: Database, vault: Vault, account: ChannelAccount): Promise<Seeded> {
  const { tenantId, accountId: id, channel, address, externalId, settings } = account;
  const isAccount = and(eq(channelAccounts.channel, channel), eq(channelAccounts.id, id));
  const parts: Parts = { address, externalId, secrets: account.secrets, ...prefixSettings(settings) };
  // Keyed, so that the hash of a secret reveals nothing.
  const hash = (text: string) => vault.hash(`environment\n${channel}/${id}\n${text}`);
  const environment = hashParts(hash, parts);
  const secrets = sealAccountSecrets(vault, { ...account, id });
  return await db.transaction(async (tx) => {
    const made = await tx
      .insert(channelAccounts)
      .values({ channel, id, tenantId, address, externalId, secrets, settings, environment })
      .onConflictDoNothing()
      .returning({ id: channelAccounts.id });
    if (made.length > 0) return NEW;
    const [row] = await tx.select().from(channelAccounts).where(isAccount).for("update");
    if (row === undefined) throw new Error(`The account ${channel}/${id} does not exist.`);
    const opened = openAccountSecrets(vault, row);
    const present = { ...row, ...prefixSettings(row.settings), secrets: opened.ok ? opened.secrets : null };
    const { written, kept } = compareParts({ parts, present, environment, before: row.environment });
    const isWritten = (name: string) => written.includes(name);
    const newSettings = Object.entries(settings).filter(([name]) => isWritten(SETTING + name));
    await tx
      .update(channelAccounts)
      .set({
        environment,
        ...(isWritten("address") ? { address } : {}),
        ...(isWritten("externalId") ? { externalId } : {}),
        ...(isWritten("secrets") ? { secrets } : {}),
        settings: { ...row.settings, ...Object.fromEntries(newSettings) },
      })
      .where(isAccount);
    return { isNew: false, written, kept, isDisabled: row.disabledAt !== null };
  });
}

const NEW: Seeded = Object.freeze({ isNew: true, written: [], kept: [], isDisabled: false });
const SETTING = "settings.";

function prefixSettings(settings: object): Parts {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [SETTING + name, value]));
}

const hashPlain = (text: string) => createHash("sha256").update(text).digest();

function hashParts(hash: (text: string) => Buffer, parts: Parts): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parts).map(([name, value]) => [
      name,
      hash(`${name}\n${JSON.stringify(value)}`).toString("base64url"),
    ]),
  );
}

function compareParts({
  parts,
  present,
  environment,
  before,
}: {
  parts: Parts;
  present: Parts;
  environment: Readonly<Record<string, string>>;
  before: Readonly<Record<string, string>> | null;
}): Pick<Seeded, "written" | "kept"> {
  const differing = Object.keys(parts).filter((name) => !isDeepStrictEqual(present[name], parts[name]));
  // A row without hashes was not stored by `migrate`: what it shows was chosen later.
  const isNewer = (name: string) => before !== null && before[name] !== environment[name];
  return {
    written: differing.filter(isNewer),
    kept: differing.filter((name) => !isNewer(name)),
  };
}
