import { LRUCache } from "lru-cache";
import { recordAccountFailure, recordAccountRecovery } from "../../db/delivery/account-outages.ts";
import type { Queryable } from "../../db/connection/postgres.ts";
import { type AccountName, formatAccountName } from "../../db/tenants/channel-account.ts";

/** An accepted send costs a statement at most this often for each account and process. */
const KNOWN_FOR_MS = 5_000;
const ACCOUNTS = 10_000;

/** Records that an account of a vendor fails, and that it works again. */
export function createAccountHealth(db: Queryable) {
  const known = new LRUCache<string, "failing" | "well">({ max: ACCOUNTS, ttl: KNOWN_FOR_MS });

  async function record(
    account: AccountName,
    state: "failing" | "well",
    write: (db: Queryable, account: AccountName) => Promise<void>,
  ): Promise<void> {
    const key = formatAccountName(account);
    if (known.get(key) === state) return;
    await write(db, account);
    known.set(key, state);
  }

  return {
    recordFailure: async (account: AccountName): Promise<void> =>
      await record(account, "failing", recordAccountFailure),
    recordAcceptance: async (account: AccountName): Promise<void> =>
      await record(account, "well", recordAccountRecovery),
    /** After the acceptance has been written with the recovery. The next failure is written then, however soon it comes. */
    noteAcceptance: (account: AccountName): void => void known.set(formatAccountName(account), "well"),
  };
}
