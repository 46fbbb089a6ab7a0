import type { ContestantName } from "./contestants.ts";
import type { Figures } from "./figures.ts";
import { rounded } from "./figures.ts";

/** What the project promises, as ratios within one run, and unloaded latency on the machine at hand. */
export const BARS = {
  throughput_to_naive_min: 3,
  throughput_to_dbos_min: 0.5,
  cpu_to_naive_max: 0.3,
  added_p50_ms_max: 45,
  added_p99_ms_max: 120,
} as const;

export interface BarResult {
  value: number | null;
  bar: number;
  ok: boolean;
}

export type Results = Partial<Record<ContestantName, Figures>>;

/** A ratio to somebody who did not run is null, and does not hold. */
export function barResults({ shipped, naive, dbos }: Results): Record<keyof typeof BARS, BarResult> {
  const to = (other: Figures | undefined, pick: (figures: Figures) => number) =>
    shipped === undefined || other === undefined ? null : rounded(pick(shipped) / pick(other));
  const values = {
    throughput_to_naive_min: to(naive, (figures) => figures.messages_per_s),
    throughput_to_dbos_min: to(dbos, (figures) => figures.messages_per_s),
    cpu_to_naive_max: to(naive, (figures) => figures.cpu_ms_per_message),
    added_p50_ms_max: shipped?.four_per_s.latency_p50_ms ?? null,
    added_p99_ms_max: shipped?.four_per_s.latency_p99_ms ?? null,
  };
  const names = Object.keys(BARS) as (keyof typeof BARS)[];
  return Object.fromEntries(
    names.map((name) => {
      const [value, bar] = [values[name], BARS[name]];
      const ok = value !== null && (name.endsWith("_min") ? value >= bar : value <= bar);
      return [name, { value, bar, ok }];
    }),
  ) as Record<keyof typeof BARS, BarResult>;
}
