import { inArray } from "drizzle-orm";
import type { Database } from "../../../db/connection/postgres.ts";
import type { Vault } from "../../../db/connection/vault.ts";
import { conversations } from "../../../db/schema/conversations.ts";
import type { tenants } from "../../../db/schema/tenants.ts";
import { turns } from "../../../db/schema/turns.ts";
import { seedTurns } from "../../support/seed-turns.ts";

/** Turns of one tenant. `networks`: those of anonymous visitors, one for each turn in turn; null for another contact. */
export async function seedTenantTurns(
  { db, vault }: { db: Database; vault: Vault },
  tenant: Partial<typeof tenants.$inferInsert>,
  networks: readonly (string | null)[],
): Promise<{ tenantId: string; accountId: string; turnIds: string[] }> {
  const seeded = await seedTurns(db, vault, networks.length, tenant);
  const [first] = seeded;
  if (first === undefined) throw new Error("No turn was seeded.");
  const { tenantId, accountId } = first.scope;
  const turnIds = seeded.map(({ scope }) => scope.turnId);
  await db.update(turns).set({ tenantId }).where(inArray(turns.id, turnIds));
  for (const network of new Set(networks)) {
    const ids = seeded
      .filter((_, index) => networks[index] === network)
      .map(({ scope }) => scope.conversationId);
    const change = { tenantId, accountId, visitorNetwork: network };
    await db.update(conversations).set(change).where(inArray(conversations.id, ids));
  }
  return { tenantId, accountId, turnIds };
}
