import { eq } from "drizzle-orm";
import { settleBudget } from "../tenants/budgets.ts";
import { costOfTurn } from "./model-responses.ts";
import type { Database } from "../connection/postgres.ts";
import { turns } from "../schema/turns.ts";
import { finishTurn } from "./turns.ts";

/** Ends a turn as failed; what was held for it and not spent is free again. Called again it changes nothing. */
export async function failTurn(
  db: Database,
  { turnId, reason }: { turnId: string; reason: string },
): Promise<{ more: boolean }> {
  const [turn] = await db.select({ tenantId: turns.tenantId }).from(turns).where(eq(turns.id, turnId));
  // A fail-over to a standby that lay behind may have taken the turn away: then nobody holds anything for it.
  if (turn === undefined) return { more: false };
  const { tenantId } = turn;
  await settleBudget(db, { tenantId, turnId, spentUsd: await costOfTurn(db, turnId) });
  return await finishTurn(db, { turnId, outcome: "failed", reason });
}
