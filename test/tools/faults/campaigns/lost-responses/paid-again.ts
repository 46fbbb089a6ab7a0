import type { Figure } from "../../campaign.ts";
import { indexLedger } from "../../ledger/index-ledger.ts";
import type { Ledger, ModelCall } from "../../ledger/ledger.ts";
import type { FiredFault } from "../../proxy/toxic.ts";
import { type Edge, isStore } from "./open-edges.ts";

/** A response that is lost while it is made is counted before the model logs its call. */
const BEFORE_MS = 1_000;

/** The part of an edge that the figure needs. */
export interface PaidEdge extends Pick<Edge, "from" | "to"> {
  proxy: Pick<Edge["proxy"], "lostResponses">;
}

/**
 * Model calls after the first of a turn, each of which cost money. Each needs a cause between the first and the last call of its turn: the lost
 * response of a completion, or of a store to which the process of the calls reports it.
 */
export function paidAgain(ledger: Ledger, edges: readonly PaidEdge[], caller: string): Figure {
  const turns = [...indexLedger(ledger).callsByTurn.values()];
  const lost = edges
    .filter(({ from }) => from === caller)
    .flatMap(({ to, proxy }) =>
      proxy.lostResponses.filter((fault) => isStore(to) || isCompletion(to, fault)),
    );
  const again = turns.reduce((sum, calls) => sum + calls.length - 1, 0);
  const unexplained = turns.reduce(
    (sum, calls) => sum + Math.max(0, calls.length - 1 - lost.filter(({ at }) => isAmong(at, calls)).length),
    0,
  );
  return {
    figure: "model_calls_paid_again_without_cause",
    value: unexplained,
    target: `0 of ${again} calls after the first of a turn`,
    n: turns.length,
    ok: unexplained === 0,
  };
}

/** The process of the calls asks the same vendor for embeddings. */
function isCompletion(to: Edge["to"], { label }: FiredFault): boolean {
  return to === "openai" && label !== null && /^POST .*\/responses$/.test(label);
}

function isAmong(at: number, calls: readonly ModelCall[]): boolean {
  const times = calls.map((call) => call.at);
  return at >= Math.min(...times) - BEFORE_MS && at <= Math.max(...times);
}
