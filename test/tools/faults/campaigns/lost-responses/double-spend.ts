import type { Figure } from "../../campaign.ts";
import { indexLedger } from "../../ledger/index-ledger.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { Edge } from "./open-edges.ts";

/** Model calls beyond the first of their turn: each was paid, and each needs a lost answer that explains it. */
export function doubleSpend(ledger: Ledger, edges: readonly Edge[]): Figure {
  const turns = [...indexLedger(ledger).callsByTurn.values()];
  const again = turns.reduce((sum, calls) => sum + calls.length - 1, 0);
  // The model's own, and those that keep its answer from being stored or reported.
  const lost = edges
    .filter(({ from }) => from === "model")
    .reduce((sum, { proxy }) => sum + proxy.lostResponses.length, 0);
  return {
    figure: "model_calls_paid_again",
    value: again,
    target: `at most the ${lost} answers that the model's worker lost`,
    n: turns.length,
    ok: again <= lost,
  };
}
