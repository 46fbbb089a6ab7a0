import { settleBudget } from "./budgets.ts";
import { costOfTurn } from "./model-responses.ts";
import type { Database } from "./postgres.ts";
import { findTurnScope } from "./transcript.ts";
import { finishTurn } from "./turns.ts";

/** Ends a turn as failed; what was held for it and not spent is free again. Called again it changes nothing. */
export async function giveUpTurn(
  db: Database,
  { turnId, reason }: { turnId: string; reason: string },
): Promise<{ more: boolean }> {
  const { tenantId } = await findTurnScope(db, turnId);
  await settleBudget(db, { tenantId, turnId, spentUsd: await costOfTurn(db, turnId) });
  return await finishTurn(db, { turnId, outcome: "failed", reason });
}
