import { upsertAccount } from "../../../db/tenants/seed.ts";
import { createConfiguredVault } from "../../../infra/runtime/encryption/vault.ts";
import type { FaultSandbox } from "./open-fault-sandbox.ts";

/** Adds an account for signed webhooks with the secrets of the account of the installation. */
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
