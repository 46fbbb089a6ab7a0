import { listEndpointUrls } from "../../../db/events/event-endpoints.ts";
import { listAccounts, type StoredAccount } from "../../../db/tenants/accounts.ts";
import { formatAccountName } from "../../../db/tenants/channel-account.ts";
import { readConfiguredAccounts } from "../../channels/configured-accounts.ts";
import type { Config } from "../../runtime/config/config.ts";
import { createConfiguredVault } from "../../runtime/encryption/vault.ts";
import { usePostgres } from "../tasks/use-postgres.ts";
import { toDoctorConnection } from "./check.ts";

export interface StoredTargets {
  /** The accounts of the signed webhook that are in use. */
  webhooks: Pick<StoredAccount, "accountId" | "address" | "channel" | "secrets">[];
  /** The event endpoints that are in use. */
  endpoints: { id: string; url: string }[];
}

/** The accounts and endpoints in PostgreSQL. Without PostgreSQL, whose own check says so, those of the settings. */
export async function readStoredTargets(config: Config, limitMs: number): Promise<StoredTargets> {
  const vault = createConfiguredVault(config);
  const configured = readConfiguredAccounts(config).filter(({ channel }) => channel === "webhook");
  try {
    return await usePostgres(config, toDoctorConnection(limitMs), async (db) => {
      const { readable } = await listAccounts(db, vault);
      const webhooks = readable.filter(({ channel, disabled }) => channel === "webhook" && !disabled);
      return { webhooks, endpoints: await listEndpointUrls(db) };
    });
  } catch {
    // Not logged: see above.
    return { webhooks: configured, endpoints: [] };
  }
}

export const nameTarget = (account: { channel: string; accountId: string }): string =>
  `the webhook account ${formatAccountName(account)}`;
