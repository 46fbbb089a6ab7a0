import type { Figure } from "../campaign.ts";
import type { Ledger } from "./ledger.ts";

/** A moment from which people wait for life to go on: a fault that others should carry, or the heal of one that stops everything. */
export interface FaultTime {
  /** In the figure's name, in words with underscores. */
  what: string;
  at: number;
}

/** From each moment to the first answer that arrived after it; the worst of each kind. Without a target it is reported only. */
export function recoveryTimes(
  { sends }: Ledger,
  faultTimes: readonly FaultTime[],
  targets: Readonly<Record<string, number>> = {},
): Figure[] {
  const kinds = Map.groupBy(faultTimes, ({ what }) => what);
  return [...kinds].map(([what, of]) => {
    const seconds = of.map(
      ({ at }) => (Math.min(...sends.map((send) => send.at).filter((sent) => sent > at)) - at) / 1000,
    );
    const worst = Math.max(...seconds);
    const target = targets[what];
    return {
      figure: `first_reply_after_${what}_s`,
      // JSON knows no infinity: nothing was answered any more.
      value: Number.isFinite(worst) ? Number(worst.toFixed(2)) : -1,
      target: target === undefined ? "reported" : `at most ${target} s`,
      n: of.length,
      ok: Number.isFinite(worst) && worst <= (target ?? Infinity),
    };
  });
}
