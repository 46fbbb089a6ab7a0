import type { Figure } from "../campaign.ts";
import type { OfferedMessage } from "../load/loader.ts";
import { indexLedger } from "./index-ledger.ts";
import type { Ledger } from "./ledger.ts";

/** The times from the acknowledgements of the selected messages to their replies at the receiver, seconds, in ascending order. */
export function replySeconds(
  ledger: Ledger,
  isSelected: (message: OfferedMessage) => boolean = () => true,
): number[] {
  const index = indexLedger(ledger);
  const seconds = index.acknowledged
    .filter(isSelected)
    .flatMap(({ channel, providerMessageId, acknowledgedAt }) => {
      const turnId = index.rowsOf(channel, providerMessageId)[0]?.turnId ?? "";
      const arrived = index.partsOf(turnId).flatMap((part) => index.sendsOf(part).map(({ at }) => at));
      return arrived.length === 0 ? [] : [(Math.max(...arrived) - (acknowledgedAt ?? 0)) / 1000];
    });
  return seconds.toSorted((a, b) => a - b);
}

/** Median and p99 of reply times. The values are only reported, because the machine is shared; the campaign fails when there are none. */
export function timeFigures(name: string, seconds: readonly number[]): Figure[] {
  const at = (share: number) => Number((seconds[Math.floor((seconds.length - 1) * share)] ?? 0).toFixed(2));
  const common = { target: "reported", n: seconds.length, ok: seconds.length > 0 };
  return [
    { figure: `${name}_p50_s`, value: at(0.5), ...common },
    { figure: `${name}_p99_s`, value: at(0.99), ...common },
  ];
}

/** Reply times, the time until no work was left after the last heal, and the number of sends with unknown arrival. */
export function replyTimeFigures(ledger: Ledger): Figure[] {
  const idleAfter = ledger.idleAt === null ? -1 : (ledger.idleAt - ledger.healedAt) / 1000;
  return [
    ...timeFigures("reply", replySeconds(ledger)),
    { figure: "idle_after_heal_s", value: Number(idleAfter.toFixed(1)), target: "reported", n: 1, ok: true },
    {
      figure: "sends_after_idle",
      value: ledger.sends.filter(({ at }) => at > (ledger.idleAt ?? Infinity)).length,
      target: "reported: deferred by the schedule of a channel",
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
