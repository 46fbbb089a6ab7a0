import { formatAccountName } from "../db/tenants/channel-account.ts";
import {
  findAccount,
  findAccountsByExternalId,
  findAccounts,
  isReadable,
  listAccountVersions,
  readAccountsVersion,
  splitAccounts,
  type StoredAccount,
  type UnreadableAccount,
} from "../db/tenants/accounts.ts";
import type { Database } from "../db/connection/postgres.ts";
import type { Vault } from "../db/connection/vault.ts";
import { toBatches } from "../db/connection/to-batches.ts";
import { hasWebhook } from "../infra/channels/registry.ts";
import { ACCOUNT_ID } from "../infra/runtime/config/field-rules.ts";
import { Problem } from "./problem.ts";

export interface AccountDirectoryOptions {
  db: Database;
  vault: Vault;
  /** Its pages may show a web chat whose account names no origins. */
  publicBaseUrl: string;
}

/** Accounts that are decrypted without a pause: about a millisecond. */
const READ_AT_ONCE = 200;

/** Throws where a caller may not ask Postgres now. */
type TakeQuestion = () => () => void;

const takeAnyQuestion: TakeQuestion = () => () => undefined;

interface VendorAccount {
  channel: string;
  externalId: string;
}

export interface RefreshedAccounts {
  /** All changes that were committed before this time of the database are known. */
  asOf: string;
  /** False where no account has changed since the last call. */
  isChanged: boolean;
  unreadable: readonly UnreadableAccount[];
}

/**
 * Channel accounts in memory, so that signatures can be verified while Postgres is unavailable and no webhook waits for a query.
 * `find` throws if the account is not in memory and Postgres is unavailable. An account that cannot be decrypted is known too: its
 * requests are rejected with its own problem, and earlier secrets of it are not accepted any more.
 */
export function createAccountDirectory({ db, vault, publicBaseUrl }: AccountDirectoryOptions) {
  const accounts = new Map<string, StoredAccount | UnreadableAccount>();
  /** The version of each account that `refresh` has read. */
  const versions = new Map<string, string>();
  let version: string | null = null;
  /** Responses of Postgres that `refresh` has received. */
  let responses = 0;
  /** True where `find` keeps an account that no `refresh` has listed. If it is added and deleted in between, it changes no version. */
  let hasUnlisted = false;

  const withOrigins = <Account extends StoredAccount | UnreadableAccount>(account: Account): Account =>
    hasWebhook(account.channel)
      ? account
      : { ...account, settings: { origins: listOwnOrigins(publicBaseUrl), ...account.settings } };

  /** `takeQuestion` limits the questions to Postgres about unknown names; its result is called if the name was known. */
  async function findAny(channel: string, accountId: string, takeQuestion: TakeQuestion) {
    // The id comes from a request path. Postgres rejects a NUL with an error that looks like a lost connection.
    if (!ACCOUNT_ID.safeParse(accountId).success) return null;
    const known = accounts.get(formatAccountName({ channel, accountId }));
    if (known !== undefined) return known;
    const giveBack = takeQuestion();
    const responsesBefore = responses;
    const stored = await findAccount(db, vault, { channel, accountId }).catch((error: unknown) => {
      // An outage of the store says nothing about the name.
      giveBack();
      throw error;
    });
    if (stored === null) return null;
    giveBack();
    const name = formatAccountName(stored);
    // `refresh` may have read a newer row in the meantime.
    const newer = accounts.get(name);
    if (newer !== undefined) return newer;
    const found = withOrigins(stored);
    // After a later answer it may be deleted already, and no `refresh` would forget it then.
    if (responses === responsesBefore) {
      accounts.set(name, found);
      hasUnlisted = true;
    }
    return found;
  }

  /** Reads and decrypts only the accounts that have changed. An unreadable one is tried again. */
  async function readChanged(): Promise<void> {
    const listed = await listAccountVersions(db);
    responses++;
    const names = new Set(listed.map(formatAccountName));
    for (const name of accounts.keys().filter((known) => !names.has(known))) forget(name);
    const changed = listed.filter((one) => {
      const known = accounts.get(formatAccountName(one));
      return (
        known === undefined || !isReadable(known) || versions.get(formatAccountName(one)) !== one.version
      );
    });
    for (const batch of toBatches(changed, READ_AT_ONCE)) {
      const read = await findAccounts(db, vault, batch);
      for (const one of read) {
        accounts.set(formatAccountName(one.account), withOrigins(one.account));
        versions.set(formatAccountName(one.account), one.version);
      }
    }
  }

  function forget(name: string): void {
    accounts.delete(name);
    versions.delete(name);
  }

  return {
    /** Reads the accounts again if any has changed. */
    async refresh(): Promise<RefreshedAccounts> {
      // Read before the rows: a change between the two statements is seen by the next call.
      const { version: now, asOf } = await readAccountsVersion(db);
      responses++;
      const isChanged = now !== version || hasUnlisted;
      hasUnlisted = false;
      if (isChanged) {
        // After a failure everything is listed again.
        version = null;
        await readChanged();
        version = now;
      }
      return { asOf, isChanged, unreadable: splitAccounts([...accounts.values()]).unreadable };
    },
    async find(
      channel: string,
      accountId: string,
      takeQuestion: TakeQuestion = takeAnyQuestion,
    ): Promise<StoredAccount | null> {
      const found = await findAny(channel, accountId, takeQuestion);
      return found === null ? null : requireReadable(found);
    },
    /** For events whose signature was verified before: they need no secret. */
    async findVerified(channel: string, accountId: string): Promise<StoredAccount | null> {
      const found = await findAny(channel, accountId, takeAnyQuestion);
      return found === null || isReadable(found)
        ? found
        : { ...found, secrets: { inbound: [], outbound: [] } };
    },
    /** The account of a vendor's `externalId` if it has this secret; null otherwise. */
    async findByExternalId({
      secret,
      ...wanted
    }: VendorAccount & { secret: string }): Promise<StoredAccount | null> {
      const hasSecret = ({ secrets }: StoredAccount) => secrets.inbound.includes(secret);
      const isWanted = ({ channel, externalId }: StoredAccount | UnreadableAccount) =>
        channel === wanted.channel && externalId === wanted.externalId;
      const inMemory = accounts.values().filter(isWanted).filter(isReadable).find(hasSecret);
      if (inMemory !== undefined) return inMemory;
      const stored = await findAccountsByExternalId(db, vault, wanted);
      const [unreadable] = stored.unreadable;
      const found = stored.readable.find(hasSecret) ?? null;
      // It may be the owner of these events: they must not be counted as those of a foreign account.
      if (found === null && unreadable !== undefined) return requireReadable(unreadable);
      return found;
    },
    /** Of the accounts that are known here. */
    isDisabled: (channel: string, accountId: string): boolean =>
      accounts.get(formatAccountName({ channel, accountId }))?.disabled ?? false,
    /** True if any account allows this origin. A browser's preflight request names no account. */
    allowsOrigin(origin: string): boolean {
      return accounts.values().some(({ settings }) => settings.origins?.includes(origin) ?? false);
    },
  };
}

export type AccountDirectory = ReturnType<typeof createAccountDirectory>;

function requireReadable(account: StoredAccount | UnreadableAccount): StoredAccount {
  if (isReadable(account)) return account;
  throw new Problem(
    "account_unreadable",
    "This server has no key for the secrets of the account. Deliver it again after the operator has corrected PARLEY_ENCRYPTION_KEYS.",
  );
}

/** The origins of the server's own pages. A server on this machine has two names. */
export function listOwnOrigins(publicBaseUrl: string): string[] {
  const url = new URL(publicBaseUrl);
  const names = ["127.0.0.1", "localhost"];
  if (!names.includes(url.hostname)) return [url.origin];
  return names.map((name) => url.origin.replace(url.hostname, name));
}
