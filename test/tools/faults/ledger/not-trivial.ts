import type { Verdict } from "../campaign.ts";
import { isSilenceExplained } from "./explain-silence.ts";
import { indexLedger } from "./index-ledger.ts";
import type { OfferedMessage } from "../load/loader.ts";
import type { CallPlaces, Ledger, TurnRow } from "./ledger.ts";

/** Tiers with a completion of a model. */
const MODEL_TIERS: ReadonlySet<string> = new Set(["full_context", "compressed_context", "smaller_model"]);

const PLACES: Readonly<Record<keyof CallPlaces, string>> = {
  in_workflow_task: "inside the workflow task",
  over_queue: "over a queue",
};

/**
 * A run proves nothing when few messages were accepted or answered, when the log of the model was not read, or when the model calls were not
 * made where its shape makes them.
 */
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
  const replied = ledger.turns.filter(
    (turn) => turn.plan === "answer" && turn.tier !== null && !isWithoutModel(turn, ledger),
  );
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
  ];
  const hadModel = replied.length > 0 || !ledger.turns.some((turn) => isWithoutModel(turn, ledger));
  if (hadModel)
    violations.push(
      ...checkShare(0.5, byModel, replied, "replies came from a model"),
      ...checkShare(0.6, logged, byModel, "replies of the model have a call in its log"),
    );
  const unused = ledger.expectedPlaces.filter((place) => ledger.callPlaces[place] === 0);
  if (byModel.length > 0)
    violations.push(...unused.map((place) => `no model call was made ${PLACES[place]}`));
  return { ok: violations.length === 0, checked: honest.length, violations };
}

/** What a fault hits so that the model cannot answer. */
const MODEL_FAULTS: ReadonlySet<string> = new Set(["vendors", "fakes", "model"]);
/** The circuit of the model stays open for a time after its last failure. */
const CIRCUIT_MS = 10_000;

/** Such a turn gets a lower tier by design. */
function isWithoutModel({ openedAt, replyCommittedAt }: TurnRow, { faultTimes = [] }: Ledger): boolean {
  return faultTimes.some(
    ({ target, from, until }) =>
      MODEL_FAULTS.has(target) && openedAt < until + CIRCUIT_MS && (replyCommittedAt ?? Infinity) > from,
  );
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
