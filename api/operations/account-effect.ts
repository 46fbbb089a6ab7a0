import { setTimeout as sleep } from "node:timers/promises";
import { formatAccountName } from "../../db/tenants/channel-account.ts";
import { countConfirmed, readTime } from "../../db/tenants/ingress-processes.ts";
import type { AccountKey } from "../../db/tenants/tenant-accounts.ts";
import type { Using } from "./operation-context.ts";

/** Whether the processes that accept requests use a change of an account. */
export interface AccountEffect {
  state: "in_effect" | "pending" | "unreadable";
  processes: number;
  confirmed: number;
}

/** Each process asks twice a second. A request must end within 2.8 s, so a process that is slower is reported as pending. */
const WAIT_MS = 1_800;
const PAUSE_MS = 100;

/** Call it after the change is committed. */
export async function waitForEffect({ db }: Using<"db">, key: AccountKey): Promise<AccountEffect> {
  const since = await readTime(db);
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    const { running, confirmed, unreadable } = await countConfirmed(db, {
      since,
      account: formatAccountName(key),
    });
    if (unreadable > 0 && confirmed === running)
      return { state: "unreadable", processes: running, confirmed };
    if (confirmed === running) return { state: "in_effect", processes: running, confirmed };
    if (Date.now() >= deadline) return { state: "pending", processes: running, confirmed };
    await sleep(PAUSE_MS);
  }
}
