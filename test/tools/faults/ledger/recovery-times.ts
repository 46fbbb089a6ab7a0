import type { Figure } from "../campaign.ts";
import type { Ledger } from "./ledger.ts";

/** The start of a recovery: a fault that other processes should compensate, or the heal of a fault that stops all work. */
export interface FaultTime {
  /** Part of the name of the figure, in snake case. */
  kind: string;
  at: number;
}

/** The longest time of each kind from a fault to the first reply after it. A kind without a target is only reported. */
export function recoveryTimes(
  { sends }: Ledger,
  faultTimes: readonly FaultTime[],
  targets: Readonly<Record<string, number>> = {},
): Figure[] {
  const kinds = Map.groupBy(faultTimes, ({ kind }) => kind);
  return [...kinds].map(([kind, ofKind]) => {
    const seconds = ofKind.map(
      ({ at }) => (Math.min(...sends.map((send) => send.at).filter((sent) => sent > at)) - at) / 1000,
    );
    const worst = Math.max(...seconds);
    const target = targets[kind];
    return {
      figure: `first_reply_after_${kind}_s`,
      // JSON has no infinity: no reply arrived after the fault.
      value: Number.isFinite(worst) ? Number(worst.toFixed(2)) : -1,
      target: target === undefined ? "reported" : `at most ${target} s`,
      n: ofKind.length,
      ok: Number.isFinite(worst) && worst <= (target ?? Infinity),
    };
  });
}
