import { randomUUID } from "node:crypto";
import type { Database } from "../db/connection/postgres.ts";
import { formatAccountName } from "../db/tenants/channel-account.ts";
import { removeProcess, reportAccounts } from "../db/tenants/ingress-processes.ts";
import { oneAtATime } from "../infra/runtime/one-at-a-time.ts";
import type { AccountDirectory, RefreshedAccounts } from "./account-directory.ts";

export interface WatchAccountsDependencies {
  db: Database;
  accounts: Pick<AccountDirectory, "refresh">;
  /** Called after each change of any account. */
  onChange(): void;
  log: Record<"info" | "warn" | "error", (details: object, message: string) => void>;
}

/** What `/readyz` shows. */
export interface AccountsState {
  /** Accounts whose requests are rejected, because this process cannot decrypt them. */
  unreadable: number;
  /** True while the last reading failed: the process uses earlier versions of the accounts. */
  isStale: boolean;
  /** False until the first reading: every webhook is rejected with 503. */
  isKnown: boolean;
}

/** How long a changed account takes to be known here. Asking costs one aggregate over the rows. */
const REFRESH_MS = 500;
/** A report is a write. Without a change it is only a sign of life. */
const REPORT_MS = 10_000;

/** Keeps the account directory of this process current, and reports its version. */
export function watchAccounts({ db, accounts, onChange, log }: WatchAccountsDependencies) {
  const id = randomUUID();
  const state: AccountsState = { unreadable: 0, isStale: true, isKnown: false };
  let timer: NodeJS.Timeout | undefined;
  let reportedAt = 0;
  let named = "";

  async function read(): Promise<void> {
    try {
      const refreshed = await accounts.refresh();
      logUnreadable(refreshed);
      if (refreshed.isChanged) onChange();
      if (refreshed.isChanged || Date.now() - reportedAt >= REPORT_MS) {
        await reportAccounts(db, {
          id,
          asOf: refreshed.asOf,
          unreadable: refreshed.unreadable.map(formatAccountName),
        });
        reportedAt = Date.now();
      }
      if (state.isStale) log.info({}, "the channel accounts are known");
      state.isStale = false;
      state.isKnown = true;
    } catch (error) {
      // While Postgres is unavailable the known accounts stay valid. One line for each outage.
      if (!state.isStale || reportedAt === 0)
        log.warn(
          { err: error },
          "the channel accounts cannot be read; changed secrets are not in effect here",
        );
      state.isStale = true;
      reportedAt = Math.max(reportedAt, 1);
    }
  }

  /** Logged when the set changes. The reason names the missing key. */
  function logUnreadable({ unreadable }: RefreshedAccounts): void {
    state.unreadable = unreadable.length;
    const names = unreadable.map(formatAccountName).toSorted().join(" ");
    if (names === named) return;
    named = names;
    for (const account of unreadable)
      log.error(
        { account: formatAccountName(account), tenantId: account.tenantId, reason: account.reason },
        "an account cannot be decrypted, so its requests are rejected",
      );
    if (unreadable.length === 0) log.info({}, "all accounts can be decrypted again");
  }

  const reading = oneAtATime(read);

  return {
    state,
    async start(): Promise<void> {
      await reading.join();
      timer = setInterval(() => void reading.join(), REFRESH_MS);
      timer.unref();
    },
    async stop(): Promise<void> {
      clearInterval(timer);
      await reading.end();
      await removeProcess(db, id).catch((error: unknown) => {
        log.warn({ err: error }, "this process is counted as running for 30 s more");
      });
    },
  };
}
