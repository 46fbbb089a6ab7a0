import type { Database } from "../../db/connection/postgres.ts";
import { clearAlert, raiseAlert } from "../../db/health/alerts.ts";
import { findMisdirectedAccounts } from "../../db/inbound/misdirected-accounts.ts";
import type { Chore } from "./chores.ts";

/** Less than the time after which an alert ends by itself. */
const EVERY_MS = 5 * 60_000;

/** Raises an alert for each account whose every event is for an account that is not configured, and ends it with the first right event. */
export function createMisdirectedAccounts(db: Database): Chore {
  let raised: ReadonlySet<string> = new Set();
  return {
    name: "misdirected_accounts",
    everyMs: EVERY_MS,
    retryMs: EVERY_MS,
    async run() {
      const found = await findMisdirectedAccounts(db);
      const alerts = found.map(({ tenantId, channel, accountId, events }) => ({
        name: `misdirected_account:${tenantId}/${channel}/${accountId}`,
        detail: `All ${events} events since yesterday that reached ${channel}/${accountId} of tenant ${tenantId} are for another account, so none is answered. The log of the ingress has the id that they name: set it as the account's external id.`,
      }));
      for (const alert of alerts) await raiseAlert(db, alert);
      const names = new Set(alerts.map(({ name }) => name));
      for (const name of raised) if (!names.has(name)) await clearAlert(db, name);
      raised = names;
      return false;
    },
  };
}
