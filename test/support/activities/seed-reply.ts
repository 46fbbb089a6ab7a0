import { eq } from "drizzle-orm";
import { toReplyText } from "../../../db/delivery/reply-text.ts";
import type { Database } from "../../../db/connection/postgres.ts";
import type { Vault } from "../../../db/connection/vault.ts";
import { buildDeliveryRow } from "../../../db/delivery/deliveries.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { channelAccounts, type tenants } from "../../../db/schema/tenants.ts";
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
  const secrets = JSON.stringify({ inbound: [secret], outbound: [secret] });
  const sealed = vault.sealForTenant(tenantId, `account:${channel}/${accountId}`, secrets);
  await db
    .update(channelAccounts)
    .set({ address, secrets: sealed })
    .where(eq(channelAccounts.tenantId, tenantId));
  await db.delete(deliveries).where(eq(deliveries.turnId, scope.turnId));
  const rows = texts.map((text, part) => buildDeliveryRow(vault, scope, { reply: toReplyText(text), part }));
  await db.insert(deliveries).values(rows);
  return { ...seeded, part: { id: rows[0]?.id ?? "", attempt: 0 } };
}
