import type { Figure } from "../../campaign.ts";
import { indexLedger } from "../../ledger/index-ledger.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { type Edge, isStore } from "./open-edges.ts";

/** Model calls after the first of a turn. Each cost money, and each needs a lost response as its cause. */
export function doubleSpend(ledger: Ledger, edges: readonly Edge[], caller: string): Figure {
  const turns = [...indexLedger(ledger).callsByTurn.values()];
  const repeated = turns.reduce((sum, calls) => sum + calls.length - 1, 0);
  // Lost responses of the model, and of the stores to which the process that calls it reports the completion.
  const lost = edges
    .filter(({ from, to }) => from === caller && (to === "openai" || isStore(to)))
    .reduce((sum, { proxy }) => sum + proxy.lostResponses.length, 0);
  return {
    figure: "model_calls_paid_again",
    value: repeated,
    target: `at most the ${lost} responses that the process of the model calls lost`,
    n: turns.length,
    ok: repeated <= lost,
  };
}
