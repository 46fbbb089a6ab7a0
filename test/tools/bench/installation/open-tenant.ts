import { upsertAccount, upsertTenant } from "../../../../db/tenants/seed.ts";
import type { ChannelAccount } from "../../../../db/tenants/channel-account.ts";
import { createConfiguredVault } from "../../../../infra/runtime/encryption/vault.ts";
import type { BenchInstallation } from "./bench-installation.ts";

/** High enough that the budget has no effect. */
const BUDGET_USD = 100_000;

/** Opens a tenant with one signed webhook and without a quiet window. */
export async function openTenant(
  { db, config }: BenchInstallation,
  tenantId: string,
): Promise<ChannelAccount> {
  const account = {
    tenantId,
    accountId: tenantId,
    channel: "webhook",
    address: config.WEBHOOK_DELIVERY_URL ?? "",
    externalId: null,
    secrets: { inbound: [], outbound: [config.WEBHOOK_DELIVERY_SECRET ?? ""] },
    settings: { quietWindowMs: 0 },
  };
  await upsertTenant(db, { id: tenantId, businessName: tenantId, dailyBudgetUsd: BUDGET_USD });
  await upsertAccount(db, createConfiguredVault(config), account);
  return account;
}
