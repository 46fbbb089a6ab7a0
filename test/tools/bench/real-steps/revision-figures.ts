import { type Latency, latency, median, round } from "../pipeline/figures.ts";
import type { RevisionRound } from "./measure-revision.ts";

export interface RevisionFigures {
  rounds: number;
  messages_per_s: number;
  messages_per_s_range: [number, number];
  cpu_ms_per_message: number;
  cpu_ms_per_message_range: [number, number];
  cpu_ms_per_message_by_group: Record<string, number>;
  four_per_s: Latency;
  /** Well above 0.2, only ratios within one run mean anything. */
  disturbed_by_cores: number;
}

/** Medians over the rounds. */
export function summarizeRounds(rounds: readonly RevisionRound[]): RevisionFigures {
  const rates = rounds.map(({ messagesPerS }) => messagesPerS);
  const costs = rounds.map(totalCpu);
  const groups = Object.keys(rounds[0]?.cpu ?? {});
  return {
    rounds: rounds.length,
    messages_per_s: median(rates),
    messages_per_s_range: [round(Math.min(...rates)), round(Math.max(...rates))],
    cpu_ms_per_message: median(costs),
    cpu_ms_per_message_range: [round(Math.min(...costs)), round(Math.max(...costs))],
    cpu_ms_per_message_by_group: Object.fromEntries(
      groups.map((group) => [group, median(rounds.map(({ cpu }) => cpu[group] ?? 0))]),
    ),
    four_per_s: latency(rounds.map(({ latenciesMs }) => latenciesMs)),
    disturbed_by_cores: round(Math.max(...rounds.map(({ othersCores }) => othersCores))),
  };
}

export function totalCpu({ cpu }: RevisionRound): number {
  return Object.values(cpu).reduce((sum, ms) => sum + ms, 0);
}

export function formatRevision(name: string, { four_per_s: four, ...figures }: RevisionFigures): string {
  const groups = Object.entries(figures.cpu_ms_per_message_by_group).map(([group, ms]) => `${group} ${ms}`);
  return `${name}: ${figures.messages_per_s} messages/s (${figures.messages_per_s_range.join("-")}), ${figures.cpu_ms_per_message} CPU-ms (${figures.cpu_ms_per_message_range.join("-")}; ${groups.join(", ")}), at 4/s p50 ${four.latency_p50_ms}, p95 ${four.latency_p95_ms}, p99 ${four.latency_p99_ms} ms; others used up to ${figures.disturbed_by_cores} cores`;
}
