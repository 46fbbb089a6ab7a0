import type { Verdict } from "../campaign.ts";
import { isSilenceExplained } from "./explain-silence.ts";
import { indexLedger } from "./index-ledger.ts";
import type { OfferedMessage } from "../load/loader.ts";
import type { CallPlaces, FaultTime, Ledger, TurnRow } from "./ledger.ts";

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
  /** A text that is refused for its length may also stay without an acknowledgement. */
  const isAskedFor = ({ mayStayUnanswered }: OfferedMessage) => mayStayUnanswered !== true;
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
    ...checkShare(0.95, accepted.filter(isAskedFor), honest.filter(isAskedFor), "messages were accepted"),
    ...checkShare(0.95, answered, owed, "accepted messages were answered"),
  ];
  const hadModel = replied.length > 0 || !ledger.turns.some((turn) => isWithoutModel(turn, ledger));
  if (hadModel)
    violations.push(
      ...checkShare(0.5, byModel, replied, "replies came from a model"),
      ...checkShare(0.6, logged, byModel, "replies of the model have a call in its log"),
    );
  if (byModel.length > 0) violations.push(...findUnusedPlaces(ledger));
  return { ok: violations.length === 0, checked: honest.length, violations };
}

/**
 * Of the calls of one shape. Repeated turns go over a queue by design, and so do calls of a slow model. A model that is made slow may be so for
 * most of a round. Each of two shapes counts for half of the calls.
 */
const PLACE_SHARE = 0.25;

function findUnusedPlaces({ expectedPlaces, callPlaces, faultTimes = [] }: Ledger): string[] {
  const all = Object.values(callPlaces).reduce((sum, calls) => sum + calls, 0);
  const isSlow = faultTimes.some(({ target }) => target === "model");
  const least = isSlow ? 1 : Math.max(1, (PLACE_SHARE * all) / expectedPlaces.length);
  return expectedPlaces
    .filter((place) => callPlaces[place] < least)
    .map((place) => `${callPlaces[place]} of ${all} model calls were made ${PLACES[place]}`);
}

/** What a fault hits so that the model cannot answer. The faults of "vendors" hit the channels only. */
const MODEL_FAULTS: ReadonlySet<string> = new Set(["fakes", "model"]);

function hitsModel({ target }: FaultTime): boolean {
  return MODEL_FAULTS.has(target);
}

/** The circuit of the model stays open for a time after its last failure. */
const CIRCUIT_MS = 10_000;

/** Such a turn gets a lower tier by design. */
function isWithoutModel({ openedAt, replyCommittedAt }: TurnRow, { faultTimes = [] }: Ledger): boolean {
  return faultTimes.some(
    (time) =>
      hitsModel(time) && openedAt < time.until + CIRCUIT_MS && (replyCommittedAt ?? Infinity) > time.from,
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
