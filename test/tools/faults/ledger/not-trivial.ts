import type { Verdict } from "../campaign.ts";
import { isSilenceExplained } from "./explain-silence.ts";
import { indexLedger } from "./index-ledger.ts";
import type { OfferedMessage } from "../load/loader.ts";
import type { Ledger } from "./ledger.ts";

/** Tiers with a completion of a model. */
const MODEL_TIERS: ReadonlySet<string> = new Set(["full_context", "compressed_context", "smaller_model"]);

/** A run proves nothing when few messages were accepted or answered, or when the log of the model was not read. */
export function notTrivial(ledger: Ledger): Verdict {
  const index = indexLedger(ledger);
  const honest = ledger.offered.filter(({ forged }) => !forged);
  const accepted = index.acknowledged;
  const firstRow = ({ channel, providerMessageId }: OfferedMessage) =>
    index.rowsOf(channel, providerMessageId)[0];
  const owed = accepted.filter((message) => {
    const row = firstRow(message);
    return row === undefined || row.state === "answered" || !isSilenceExplained(row, ledger);
  });
  const answered = owed.filter((message) => firstRow(message)?.state === "answered");
  const replied = ledger.turns.filter(({ plan, tier }) => plan === "answer" && tier !== null);
  const byModel = replied.filter(({ tier }) => MODEL_TIERS.has(tier ?? ""));
  const logged = byModel.filter(({ id }) => index.callsByTurn.has(id));
  const violations = [
    ...checkShare(
      0.95,
      accepted,
      honest.filter(({ mayStayUnanswered }) => mayStayUnanswered !== true),
      "messages were accepted",
    ),
    ...checkShare(0.95, answered, owed, "accepted messages were answered"),
    ...checkShare(0.5, byModel, replied, "replies came from a model"),
    ...checkShare(0.6, logged, byModel, "replies of the model have a call in its log"),
  ];
  return { ok: violations.length === 0, checked: honest.length, violations };
}

function checkShare(
  least: number,
  some: readonly unknown[],
  all: readonly unknown[],
  claim: string,
): string[] {
  return all.length > 0 && some.length >= least * all.length
    ? []
    : [`${some.length} of ${all.length} ${claim}, at least ${100 * least} % are needed`];
}
