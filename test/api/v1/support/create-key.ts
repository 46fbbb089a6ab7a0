import { randomUUID } from "node:crypto";
import { upsertTenant } from "../../../../db/tenants/seed.ts";
import { createApiKey, type Scope, SCOPES } from "../../../../db/tenants/api-keys.ts";
import type { Database } from "../../../../db/connection/postgres.ts";
import type { Vault } from "../../../../db/connection/vault.ts";

/** A key of a tenant. Creates the tenant if it does not exist. */
export async function createTestKey(
  db: Database,
  vault: Vault,
  tenantId: string,
  scopes: Scope[] = [...SCOPES],
): Promise<string> {
  await upsertTenant(db, { id: tenantId, businessName: tenantId, dailyBudgetUsd: 50 });
  const { key } = await createApiKey(db, vault, { tenantId, name: randomUUID(), scopes });
  return key;
}
