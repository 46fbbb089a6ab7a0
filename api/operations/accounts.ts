import { readDatabaseTime } from "../../db/connection/database-time.ts";
import { z } from "zod";
import {
  createSecrets,
  keepCurrentSecrets,
  rotateSecrets,
  type SecretsInput,
} from "../../db/tenants/account-secrets.ts";
import {
  type AccountChange,
  type AccountKey,
  addAccount,
  changeAccount,
  findTenantAccount,
  listTenantAccounts,
  type TenantAccount,
} from "../../db/tenants/tenant-accounts.ts";
import type { Page, PageRequest } from "../../db/connection/page.ts";
import { awaitAllFreshMarks } from "../../db/delivery/await-fresh-marks.ts";
import { setAccountPaused } from "../../db/conversations/pause.ts";
import { identityRule, secretsRule } from "../../infra/channels/account-rules.ts";
import { changeSettings, type SETTINGS_CHANGE } from "../../infra/channels/account-settings.ts";
import { CHANNEL_NAMES, findChannel } from "../../infra/channels/registry.ts";
import { type AccountEffect, waitForEffect } from "./account-effect.ts";
import { checkInput } from "./check-input.ts";
import { egressUrl } from "./egress-url.ts";
import type { Using } from "./operation-context.ts";
import { OperationError, requireFound } from "./operation-error.ts";

type Stores = Using<"db" | "vault">;

/** What a caller gives. The names are those of the API, because errors name the fields. */
export interface AccountFields {
  address?: string | undefined;
  external_id?: string | null | undefined;
  settings?: z.output<typeof SETTINGS_CHANGE> | undefined;
}

export async function getAccount({ db, vault }: Stores, key: AccountKey): Promise<TenantAccount> {
  return requireFound("account", await findTenantAccount(db, vault, key));
}

/** Newest first. */
export async function listAccounts(
  { db, vault }: Stores,
  { page, ...filter }: { tenantId: string; channel: string | undefined; page: PageRequest },
): Promise<Page<TenantAccount>> {
  return await listTenantAccounts(db, vault, filter, page);
}

/** The rules for address, external id and secrets depend on the channel. */
export async function createAccount(
  { db, vault, egress }: Using<"db" | "vault" | "egress">,
  { tenantId, ...fields }: AccountFields & { tenantId: string; channel: string; secrets: SecretsInput },
): Promise<TenantAccount> {
  const { channel } = checkInput(
    z.object({ channel: z.enum(CHANNEL_NAMES, `must be one of ${CHANNEL_NAMES.join(", ")}`) }),
    fields,
  );
  const rule = newIdentityRule({ egress }, channel).extend({ secrets: secretsRule(channel) });
  const { address, external_id: externalId, secrets } = checkInput(rule, fields);
  const settings = changeSettings({}, fields.settings);
  const account = { tenantId, channel, address, externalId, secrets: createSecrets(secrets), settings };
  return await addAccount(db, vault, account);
}

/** A field that is left out keeps its value; a setting that is null is removed. */
export async function updateAccount(
  context: Using<"db" | "vault" | "egress">,
  { key, fields }: { key: AccountKey; fields: AccountFields },
): Promise<TenantAccount> {
  return await change(context, key, (now) => {
    // The address of an account that the environment describes was chosen by the operator: only a new one is checked against egress.
    const rule =
      fields.address === undefined ? identityRule(now.channel) : newIdentityRule(context, now.channel);
    const { address = now.address, external_id: externalId = now.externalId } = fields;
    const identity = checkInput(rule, { address, external_id: externalId });
    const settings = changeSettings(now.settings, fields.settings);
    return { address: identity.address, externalId: identity.external_id, settings };
  });
}

/** A change that requests depend on, and whether every process uses it. */
export interface ChangedAccount {
  account: TenantAccount;
  effect: AccountEffect;
}

/**
 * The previous secrets stay valid until they are dropped. Secrets that cannot be decrypted are replaced if all secrets of the channel
 * are given; the unreadable ones then count as lost.
 */
export async function rotateAccountSecrets(
  context: Stores,
  { key, secrets }: { key: AccountKey; secrets: SecretsInput },
): Promise<ChangedAccount> {
  return await changeAndWait(context, key, ({ channel, secrets: stored }) => {
    const rule = secretsRule(channel);
    if (stored === null && !rule.safeParse(secrets).success)
      throw new OperationError({ code: "secrets_unreadable" });
    // The rules are per channel, so their type is not known here; they parse strings by these names.
    const given = checkInput(stored === null ? rule : rule.partial(), secrets) as SecretsInput;
    return { secrets: stored === null ? createSecrets(given) : rotateSecrets(stored, given) };
  });
}

export async function dropPreviousAccountSecrets(context: Stores, key: AccountKey): Promise<ChangedAccount> {
  return await changeAndWait(context, key, ({ secrets }) => {
    if (secrets === null) throw new OperationError({ code: "secrets_unreadable" });
    return { secrets: keepCurrentSecrets(secrets) };
  });
}

/** Sends from this account are refused until it is enabled. */
export async function disableAccount(context: Stores, key: AccountKey): Promise<ChangedAccount> {
  const now = await readDatabaseTime(context.db);
  const account = await change(context, key, ({ disabledAt }) => ({ disabledAt: disabledAt ?? now }));
  const [effect] = await Promise.all([waitForEffect(context, key), awaitAllFreshMarks()]);
  return { account, effect };
}

export async function enableAccount(context: Stores, key: AccountKey): Promise<ChangedAccount> {
  return await changeAndWait(context, key, () => ({ disabledAt: null }));
}

async function changeAndWait(
  context: Stores,
  key: AccountKey,
  toChange: (now: TenantAccount) => AccountChange,
): Promise<ChangedAccount> {
  const account = await change(context, key, toChange);
  return { account, effect: await waitForEffect(context, key) };
}

/** No send of the assistant begins from this account until it is resumed. Inbound messages are stored. */
export async function pauseAccount(context: Stores, key: AccountKey): Promise<TenantAccount> {
  return await setPaused(context, key, true);
}

export async function resumeAccount(context: Stores, key: AccountKey): Promise<TenantAccount> {
  return await setPaused(context, key, false);
}

async function setPaused(context: Stores, key: AccountKey, paused: boolean): Promise<TenantAccount> {
  // The update does not know the tenant.
  await getAccount(context, key);
  await setAccountPaused(context.db, key, paused);
  if (paused) await awaitAllFreshMarks();
  return await getAccount(context, key);
}

async function change(
  { db, vault }: Stores,
  key: AccountKey,
  toChange: (now: TenantAccount) => AccountChange,
): Promise<TenantAccount> {
  return requireFound("account", await changeAccount(db, vault, key, toChange));
}

function newIdentityRule({ egress }: Using<"egress">, channel: string) {
  const rule = identityRule(channel);
  return findChannel(channel)?.account.addressIsReplyUrl === true
    ? rule.extend({ address: egressUrl(egress) })
    : rule;
}
