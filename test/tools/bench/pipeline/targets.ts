import type { ContestantName } from "./contestants/registry.ts";
import type { Figures } from "./figures.ts";
import { round } from "./figures.ts";

/** The targets of the project: ratios within one run, and the latency without load on the current machine. */
export const TARGETS = {
  throughput_to_naive_min: 4.5,
  throughput_to_dbos_min: 0.5,
  cpu_to_naive_max: 0.28,
  apart_cpu_to_naive_max: 0.3,
  quiet_cpu_to_naive_max: 0.3,
  added_p50_ms_max: 25,
  added_p99_ms_max: 60,
} as const;

export interface TargetResult {
  value: number | null;
  target: number;
  ok: boolean;
}

export type Results = Partial<Record<ContestantName, Figures>>;

/** The ratio to a contestant that did not run is null, and its bar does not hold. */
export function checkTargets(results: Results): Record<keyof typeof TARGETS, TargetResult> {
  const { shipped, naive, dbos } = results;
  const ratioOf = (
    figures: Figures | undefined,
    other: Figures | undefined,
    pick: (figures: Figures) => number,
  ) => (figures === undefined || other === undefined ? null : round(pick(figures) / pick(other)));
  const cpuOf = (figures: Figures) => figures.cpu_ms_per_message;
  const values = {
    throughput_to_naive_min: ratioOf(shipped, naive, (figures) => figures.messages_per_s),
    throughput_to_dbos_min: ratioOf(shipped, dbos, (figures) => figures.messages_per_s),
    cpu_to_naive_max: ratioOf(shipped, naive, cpuOf),
    apart_cpu_to_naive_max: ratioOf(results.shipped_apart, naive, cpuOf),
    quiet_cpu_to_naive_max: ratioOf(results.shipped_quiet, naive, cpuOf),
    added_p50_ms_max: shipped?.four_per_s.latency_p50_ms ?? null,
    added_p99_ms_max: shipped?.four_per_s.latency_p99_ms ?? null,
  };
  const names = Object.keys(TARGETS) as (keyof typeof TARGETS)[];
  return Object.fromEntries(
    names.map((name) => {
      const [value, target] = [values[name], TARGETS[name]];
      const ok = value !== null && (name.endsWith("_min") ? value >= target : value <= target);
      return [name, { value, target, ok }];
    }),
  ) as Record<keyof typeof TARGETS, TargetResult>;
}
