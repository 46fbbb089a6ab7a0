import { eq } from "drizzle-orm";
import type { Database } from "../../../db/connection/postgres.ts";
import type { Vault } from "../../../db/connection/vault.ts";
import { buildDeliveryRow } from "../../../db/delivery/deliveries.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import type { tenants } from "../../../db/schema/tenants.ts";
import { upsertAccount } from "../../../db/tenants/seed.ts";
import { type SeededTurn, seedTurns } from "../seed-turns.ts";

export interface ReplyToSeed {
  /** The URL of the receiver. */
  address: string;
  texts?: readonly string[];
  tenant?: Partial<typeof tenants.$inferInsert>;
}

/** A recorded reply on an account with secrets, so that `deliver` can send it. */
export async function seedReply(
  db: Database,
  vault: Vault,
  { address, texts = ["An answer."], tenant = {} }: ReplyToSeed,
): Promise<SeededTurn> {
  const [seeded] = await seedTurns(db, vault, 1, tenant);
  if (seeded === undefined) throw new Error("Nothing was seeded.");
  const { scope } = seeded;
  const { tenantId, channel, accountId } = scope;
  const secret = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
  const account = { externalId: null, secrets: { inbound: [secret], outbound: [secret] }, settings: {} };
  await upsertAccount(db, vault, { tenantId, channel: "webhook", accountId, address, ...account });
  if (channel !== "webhook") throw new Error("seedTurns has another channel.");
  await db.delete(deliveries).where(eq(deliveries.turnId, scope.turnId));
  const rows = texts.map((text, part) => buildDeliveryRow(vault, scope, { text, part }));
  await db.insert(deliveries).values(rows);
  return { ...seeded, part: { id: rows[0]?.id ?? "", attempt: 0 } };
}
