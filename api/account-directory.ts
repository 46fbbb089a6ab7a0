import {
  findAccountsByExternalId,
  findAccount,
  listAccounts,
  type StoredAccount,
} from "../db/tenants/accounts.ts";
import type { Database } from "../db/connection/postgres.ts";
import type { Vault } from "../db/connection/vault.ts";
import { hasWebhook } from "../infra/channels/registry.ts";
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

/** How long a rotated secret takes to be known here. An unknown account is looked up at once. */
const REFRESH_MS = 10_000;

/**
 * Channel accounts in memory, so that signatures can be verified while Postgres is unavailable and no webhook waits for a query.
 * `find` throws if the account is not in memory and Postgres is unavailable.
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
    hasWebhook(account.channel)
      ? account
      : { ...account, settings: { origins: listOwnOrigins(publicBaseUrl), ...account.settings } };
  return {
    async start(): Promise<void> {
      await refresh().catch(() => undefined);
      // While Postgres is unavailable the known accounts stay valid.
      timer = setInterval(() => void refresh().catch(() => undefined), REFRESH_MS);
      timer.unref();
    },
    stop(): void {
      clearInterval(timer);
    },
    async find(channel: string, accountId: string): Promise<StoredAccount | null> {
      // The id comes from a request path. Postgres rejects a NUL with an error that looks like a lost connection.
      if (!ACCOUNT_ID.safeParse(accountId).success) return null;
      const known = accounts.get(keyOf(channel, accountId));
      if (known !== undefined) return known;
      const stored = await findAccount(db, vault, { channel, accountId });
      if (stored === null) return null;
      const found = withOrigins(stored);
      accounts.set(keyOf(channel, accountId), found);
      return found;
    },
    /** The account of a vendor's `externalId` if it has this secret; null otherwise. */
    async findByExternalId({
      secret,
      ...wanted
    }: VendorAccount & { secret: string }): Promise<StoredAccount | null> {
      const matches = ({ channel, externalId, secrets }: StoredAccount) =>
        channel === wanted.channel && externalId === wanted.externalId && secrets.inbound.includes(secret);
      const known = accounts.values().find(matches);
      return known ?? (await findAccountsByExternalId(db, vault, wanted)).find(matches) ?? null;
    },
    /** True if any account allows this origin. A browser's preflight request names no account. */
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
