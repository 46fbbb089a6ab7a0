import { eq } from "drizzle-orm";
import { settleBudget } from "../tenants/budgets.ts";
import { costOfTurn } from "./model-responses.ts";
import type { Database } from "../connection/postgres.ts";
import { turns } from "../schema/turns.ts";
import { finishTurn } from "./turns.ts";

/** Ends a turn as failed and frees the rest of its reservation. A second call changes nothing. */
export async function failTurn(
  db: Database,
  { turnId, reason }: { turnId: string; reason: string },
): Promise<{ more: boolean }> {
  const [turn] = await db.select({ tenantId: turns.tenantId }).from(turns).where(eq(turns.id, turnId));
  // A failover to a standby with a lag may have lost the turn. Then no workflow waits for it.
  if (turn === undefined) return { more: false };
  const { tenantId } = turn;
  await settleBudget(db, { tenantId, turnId, spentUsd: await costOfTurn(db, turnId) });
  return await finishTurn(db, { turnId, outcome: "failed", reason });
}
