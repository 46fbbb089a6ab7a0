import type { Figure } from "../../campaign.ts";
import { indexLedger } from "../../ledger/index-ledger.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { OfferedMessage } from "../../load/loader.ts";

/** The same plan twice, with other contacts: once without faults, once with lost responses. */
export interface Runs {
  clean: readonly OfferedMessage[];
  lossy: readonly OfferedMessage[];
}

interface Outcome {
  /** The inbox states of the messages of a contact, in order. */
  states: string[];
  /** The number of replies. Not compared when the contact wrote several messages, because messages that come close together share a reply. */
  repliesSeen: number | null;
  replyText: string;
}

/** Each contact must have the same outcome as in the clean run. The share of equal texts is only reported. */
export function compareRuns(ledger: Ledger, { clean, lossy }: Runs): Figure[] {
  const [before, after] = [outcomesOf(ledger, clean), outcomesOf(ledger, lossy)];
  const pairs = before.map((outcome, i) => [outcome, after[i]] as const);
  const different = pairs.filter(
    ([a, b]) => JSON.stringify(comparableOutcome(a)) !== JSON.stringify(comparableOutcome(b)),
  );
  const singles = pairs.filter(([a]) => a.repliesSeen !== null);
  const same = singles.filter(([a, b]) => a.replyText === b?.replyText).length;
  return [
    {
      figure: "contacts_with_another_outcome_than_in_clean_run",
      value: different.length + Math.abs(before.length - after.length),
      target: "0",
      n: pairs.length,
      ok: different.length === 0 && before.length === after.length && pairs.length > 0,
    },
    {
      figure: "replies_with_same_text_percent",
      value: Math.round((1_000 * same) / Math.max(1, singles.length)) / 10,
      target: "reported: a lost response of the model may lower the tier",
      n: singles.length,
      ok: true,
    },
  ];
}

function comparableOutcome(outcome: Outcome | undefined) {
  return outcome === undefined ? null : { states: outcome.states, seen: outcome.repliesSeen };
}

/** One outcome for each contact, in the order of the plan. */
function outcomesOf(ledger: Ledger, messages: readonly OfferedMessage[]): Outcome[] {
  const index = indexLedger(ledger);
  const contacts = Map.groupBy(messages, ({ channel, from }) => `${channel}\n${from}`);
  return [...contacts.values()].map((own) => {
    const rows = own.map(({ channel, providerMessageId }) => index.rowsOf(channel, providerMessageId)[0]);
    const turns = new Set(rows.map((row) => row?.turnId ?? ""));
    const sends = [...turns].flatMap((id) => index.partsOf(id).flatMap((part) => index.sendsOf(part)));
    return {
      states: rows.map((row) => row?.state ?? "missing"),
      repliesSeen: own.length === 1 ? sends.length : null,
      replyText: sends.map(({ text }) => text).join("\n"),
    };
  });
}
