import type { Figure } from "../campaign.ts";
import { indexLedger } from "./index-ledger.ts";
import type { Ledger } from "./ledger.ts";

/** From a message's acknowledgement to its answer at the receiving end, and how long rest took after the last heal. Reported, not judged. */
export function answerTimes(ledger: Ledger): Figure[] {
  const index = indexLedger(ledger);
  const seconds = index.acknowledged.flatMap(({ channel, providerMessageId, acknowledgedAt }) => {
    const turnId = index.rowsOf(channel, providerMessageId)[0]?.turnId ?? "";
    const arrived = index.partsOf(turnId).flatMap((part) => index.sendsOf(part).map(({ at }) => at));
    return arrived.length === 0 ? [] : [(Math.max(...arrived) - (acknowledgedAt ?? 0)) / 1000];
  });
  const sorted = seconds.toSorted((a, b) => a - b);
  const at = (share: number) => Number((sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(2));
  const told = { target: "reported", n: sorted.length, ok: true };
  const rest = ledger.quietAt === null ? -1 : (ledger.quietAt - ledger.healedAt) / 1000;
  return [
    { figure: "answer_p50_s", value: at(0.5), ...told },
    { figure: "answer_p99_s", value: at(0.99), ...told },
    { figure: "rest_after_heal_s", value: Number(rest.toFixed(1)), ...told, n: 1 },
  ];
}
