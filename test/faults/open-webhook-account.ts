import { upsertAccount } from "../../db/accounts.ts";
import { configuredVault } from "../../infra/runtime/vault.ts";
import type { FaultStack } from "./open-fault-stack.ts";

/** An account for signed webhooks beside the installation's own, with the same secrets. */
export async function openWebhookAccount(
  { db, config }: Pick<FaultStack, "db" | "config">,
  { tenantId, accountId }: { tenantId: string; accountId: string },
): Promise<void> {
  await upsertAccount(db, configuredVault(config), {
    tenantId,
    accountId,
    channel: "webhook",
    sender: config.WEBHOOK_DELIVERY_URL ?? "",
    externalId: null,
    secrets: {
      inbound: [config.WEBHOOK_SECRET ?? ""],
      outbound: [config.WEBHOOK_DELIVERY_SECRET ?? ""],
    },
    settings: {},
  });
}
