import { LRUCache } from "lru-cache";
import { type AccountName, formatAccountName } from "../../db/tenants/channel-account.ts";

/** A send that takes longer than this holds a slot for local activities, which all tenants share. */
const SLOW_AFTER_MS = 2_000;
/** How long an account's replies then go over the queue for sends. */
const SLOW_FOR_MS = 60_000;
const ACCOUNTS = 10_000;

/** The accounts of this process whose vendor was slow a short time ago. */
export function createSlowAccounts() {
  const slow = new LRUCache<string, true>({ max: ACCOUNTS, ttl: SLOW_FOR_MS });
  return {
    has: (account: AccountName): boolean => slow.has(formatAccountName(account)),
    /** Notices a slow send while it is still under way. */
    async observe<T>(account: AccountName, send: () => Promise<T>): Promise<T> {
      const timer = setTimeout(() => slow.set(formatAccountName(account), true), SLOW_AFTER_MS);
      try {
        return await send();
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

export type SlowAccounts = ReturnType<typeof createSlowAccounts>;
