import type { Figure } from "../campaign.ts";
import type { OfferedMessage } from "../load/loader.ts";
import { indexLedger } from "./index-ledger.ts";
import type { Ledger } from "./ledger.ts";

/** From the acknowledgements of some messages to their answers at the receiving end, seconds, shortest first. */
export function replySeconds(
  ledger: Ledger,
  isMeant: (message: OfferedMessage) => boolean = () => true,
): number[] {
  const index = indexLedger(ledger);
  const seconds = index.acknowledged
    .filter(isMeant)
    .flatMap(({ channel, providerMessageId, acknowledgedAt }) => {
      const turnId = index.rowsOf(channel, providerMessageId)[0]?.turnId ?? "";
      const arrived = index.partsOf(turnId).flatMap((part) => index.sendsOf(part).map(({ at }) => at));
      return arrived.length === 0 ? [] : [(Math.max(...arrived) - (acknowledgedAt ?? 0)) / 1000];
    });
  return seconds.toSorted((a, b) => a - b);
}

/** Median and p99 of answer times. Reported, not judged: a machine is seldom one's own. That there are any is. */
export function timeFigures(name: string, seconds: readonly number[]): Figure[] {
  const at = (share: number) => Number((seconds[Math.floor((seconds.length - 1) * share)] ?? 0).toFixed(2));
  const told = { target: "reported", n: seconds.length, ok: seconds.length > 0 };
  return [
    { figure: `${name}_p50_s`, value: at(0.5), ...told },
    { figure: `${name}_p99_s`, value: at(0.99), ...told },
  ];
}

/** How long answers took, how long rest took after the last heal, and of how many sends nobody knows whether they arrived. */
export function replyTimeFigures(ledger: Ledger): Figure[] {
  const rest = ledger.idleAt === null ? -1 : (ledger.idleAt - ledger.healedAt) / 1000;
  return [
    ...timeFigures("answer", replySeconds(ledger)),
    { figure: "idle_after_heal_s", value: Number(rest.toFixed(1)), target: "reported", n: 1, ok: true },
    {
      figure: "sends_after_idle",
      value: ledger.sends.filter(({ at }) => at > (ledger.idleAt ?? Infinity)).length,
      target: "reported: put off by a channel's own schedule",
      n: ledger.sends.length,
      ok: true,
    },
    {
      figure: "sends_left_unknown",
      value: ledger.replyParts.filter(({ state }) => state === "unknown").length,
      target: "reported: at most once is the policy of some channels",
      n: ledger.replyParts.length,
      ok: true,
    },
  ];
}
