import { LRUCache } from "lru-cache";

/** A send that takes longer than this holds a slot for local activities, which all tenants share. */
const SLOW_AFTER_MS = 2_000;
/** How long an account's replies then go over the queue for sends. */
const SLOW_FOR_MS = 60_000;
const ACCOUNTS = 10_000;

interface AccountKey {
  channel: string;
  accountId: string;
}

/** The accounts of this process whose vendor was slow a short time ago. */
export function createSlowAccounts() {
  const slow = new LRUCache<string, true>({ max: ACCOUNTS, ttl: SLOW_FOR_MS });
  return {
    has: (account: AccountKey): boolean => slow.has(toKey(account)),
    /** Notices a slow send while it is still under way. */
    async observe<T>(account: AccountKey, send: () => Promise<T>): Promise<T> {
      const timer = setTimeout(() => slow.set(toKey(account), true), SLOW_AFTER_MS);
      try {
        return await send();
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

export type SlowAccounts = ReturnType<typeof createSlowAccounts>;

function toKey({ channel, accountId }: AccountKey): string {
  return `${channel}/${accountId}`;
}
