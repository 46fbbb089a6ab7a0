import { eq } from "drizzle-orm";
import type { Database } from "../../../db/connection/postgres.ts";
import type { Vault } from "../../../db/connection/vault.ts";
import { settleAttempt } from "../../../db/delivery/settle-attempt.ts";
import { applyReceipts, findDelivery, type NewReceipt } from "../../../db/delivery/receipts.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { type SeededTurn, seedTurns } from "../../support/seed-turns.ts";

export type ReceiptState = NewReceipt["state"];

export const keyOf = ({ scope: { tenantId, channel, accountId } }: SeededTurn) => ({
  tenantId,
  channel,
  accountId,
});

/** A receipt of a seeded part, by the id that `acceptPart` gives it. */
export function receiptOf(
  seeded: SeededTurn,
  state: ReceiptState,
  fields: Partial<NewReceipt> = {},
): NewReceipt {
  const code = state === "failed" ? "131026" : null;
  const providerId = `wamid.${seeded.part.id}`;
  return { ...keyOf(seeded), providerId, state, code, providerTime: null, ...fields };
}

/** The steps of a send and its receipts in one database. */
export function createReceiptSteps(db: Database, vault: Vault) {
  return {
    async seedOne(): Promise<SeededTurn> {
      const [seeded] = await seedTurns(db, vault, 1);
      if (seeded === undefined) throw new Error("Nothing was seeded.");
      return seeded;
    },
    async readPart({ part }: SeededTurn) {
      const row = await findDelivery(db, part.id);
      if (row === null) throw new Error("The part does not exist.");
      return row;
    },
    async changePart({ part }: SeededTurn, fields: Partial<typeof deliveries.$inferInsert>): Promise<void> {
      await db.update(deliveries).set(fields).where(eq(deliveries.id, part.id));
    },
    /** The end of a send: the part is accepted, and earlier receipts are applied. */
    async acceptPart(seeded: SeededTurn, providerId = `wamid.${seeded.part.id}`): Promise<void> {
      await settleAttempt(db, seeded.part, { state: "accepted", providerId });
      await applyReceipts(db, keyOf(seeded), providerId);
    },
  };
}

export type ReceiptSteps = ReturnType<typeof createReceiptSteps>;
