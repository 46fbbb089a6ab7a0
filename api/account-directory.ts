import {
  findAccountsByExternalId,
  findAccount,
  listAccounts,
  type StoredAccount,
} from "../db/tenants/accounts.ts";
import type { Database } from "../db/connection/postgres.ts";
import type { Vault } from "../db/connection/vault.ts";
import { WEB } from "../db/web/stream.ts";
import { ACCOUNT_ID } from "../infra/runtime/config/field-rules.ts";

export interface AccountDirectoryOptions {
  db: Database;
  vault: Vault;
  /** Its pages may show a web chat whose account names no origins. */
  publicBaseUrl: string;
}

interface VendorAccount {
  channel: string;
  externalId: string;
}

/** How soon a rotated secret is known here. An account that is not known yet is looked up at once. */
const REFRESH_MS = 10_000;

/**
 * Channel accounts in memory: a signature can be checked while Postgres is away, and no webhook waits for a query.
 * `find` throws where an account is unknown here and Postgres cannot be asked.
 */
export function createAccountDirectory({ db, vault, publicBaseUrl }: AccountDirectoryOptions) {
  let accounts = new Map<string, StoredAccount>();
  let timer: NodeJS.Timeout | undefined;
  const keyOf = (channel: string, accountId: string) => `${channel}/${accountId}`;
  const refresh = async () => {
    const rows = await listAccounts(db, vault);
    accounts = new Map(
      rows.map((account) => [keyOf(account.channel, account.accountId), withOrigins(account)]),
    );
  };
  const withOrigins = (account: StoredAccount): StoredAccount =>
    account.channel === WEB
      ? { ...account, settings: { origins: listOwnOrigins(publicBaseUrl), ...account.settings } }
      : account;
  return {
    async start(): Promise<void> {
      await refresh().catch(() => undefined);
      // Postgres away: the accounts we know stay valid until it is back.
      timer = setInterval(() => void refresh().catch(() => undefined), REFRESH_MS);
      timer.unref();
    },
    stop(): void {
      clearInterval(timer);
    },
    async find(channel: string, accountId: string): Promise<StoredAccount | null> {
      // Out of a path, from anybody: Postgres takes no NUL, and would seem to be away.
      if (!ACCOUNT_ID.safeParse(accountId).success) return null;
      const known = accounts.get(keyOf(channel, accountId));
      if (known !== undefined) return known;
      const stored = await findAccount(db, vault, { channel, accountId });
      if (stored === null) return null;
      const found = withOrigins(stored);
      accounts.set(keyOf(channel, accountId), found);
      return found;
    },
    /** The account of the vendor's `externalId` that the holder of this secret may speak to; null where there is none. */
    async findByExternalId({
      secret,
      ...sender
    }: VendorAccount & { secret: string }): Promise<StoredAccount | null> {
      const isWanted = ({ channel, externalId, secrets }: StoredAccount) =>
        channel === sender.channel && externalId === sender.externalId && secrets.inbound.includes(secret);
      const known = accounts.values().find(isWanted);
      return known ?? (await findAccountsByExternalId(db, vault, sender)).find(isWanted) ?? null;
    },
    /** Whether any account lets pages of this origin in: a browser's preflight names no account. */
    allowsOrigin(origin: string): boolean {
      return accounts.values().some(({ settings }) => settings.origins?.includes(origin) ?? false);
    },
  };
}

export type AccountDirectory = ReturnType<typeof createAccountDirectory>;

/** The origins of the server's own pages. A server on this machine has two names. */
export function listOwnOrigins(publicBaseUrl: string): string[] {
  const url = new URL(publicBaseUrl);
  const names = ["127.0.0.1", "localhost"];
  if (!names.includes(url.hostname)) return [url.origin];
  return names.map((name) => url.origin.replace(url.hostname, name));
}
