import type { Verdict } from "../campaign.ts";
import { indexLedger } from "./index-ledger.ts";
import type { Ledger } from "./ledger.ts";

/** Rungs whose words come from a model. */
const MODEL_RUNGS: ReadonlySet<string> = new Set(["full_context", "compressed_context", "smaller_model"]);

/** A run in which hardly anything was taken in or answered shows nothing, nor does one whose model's log was not read. */
export function notTrivial(ledger: Ledger): Verdict {
  const index = indexLedger(ledger);
  const honest = ledger.offered.filter(({ forged }) => !forged);
  const taken = index.acknowledged;
  const answered = taken.filter(
    ({ channel, providerMessageId }) => index.rowsOf(channel, providerMessageId)[0]?.state === "answered",
  );
  const made = ledger.turns.filter(({ plan, tier }) => plan === "answer" && tier !== null);
  const byModel = made.filter(({ tier }) => MODEL_RUNGS.has(tier ?? ""));
  const seen = byModel.filter(({ id }) => index.callsByTurn.has(id));
  const violations = [
    ...short(0.95, taken, honest, "messages were taken"),
    ...short(0.95, answered, taken, "taken messages were answered"),
    ...short(0.5, byModel, made, "answers were a model's"),
    ...short(0.6, seen, byModel, "answers of the model have a call in its log"),
  ];
  return { ok: violations.length === 0, checked: honest.length, violations };
}

function short(least: number, some: readonly unknown[], of: readonly unknown[], what: string): string[] {
  return of.length > 0 && some.length >= least * of.length
    ? []
    : [`${some.length} of ${of.length} ${what}, at least ${100 * least} % are needed`];
}
