import { upsertAccount } from "../../../db/tenants/accounts.ts";
import { createConfiguredVault } from "../../../infra/runtime/encryption/vault.ts";
import type { FaultSandbox } from "./open-fault-sandbox.ts";

/** An account for signed webhooks beside the installation's own, with the same secrets. */
export async function openWebhookAccount(
  { db, config }: Pick<FaultSandbox, "db" | "config">,
  { tenantId, accountId }: { tenantId: string; accountId: string },
): Promise<void> {
  await upsertAccount(db, createConfiguredVault(config), {
    tenantId,
    accountId,
    channel: "webhook",
    address: config.WEBHOOK_DELIVERY_URL ?? "",
    externalId: null,
    secrets: {
      inbound: [config.WEBHOOK_SECRET ?? ""],
      outbound: [config.WEBHOOK_DELIVERY_SECRET ?? ""],
    },
    settings: {},
  });
}
