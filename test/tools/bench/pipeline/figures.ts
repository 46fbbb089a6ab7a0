import { quantile } from "../load/latencies.ts";
import { CONTESTANTS, type ContestantName } from "./contestants/registry.ts";
import type { CpuPerMessage, Round, SlowModelRound } from "./measure-contestant.ts";

export interface Latency {
  samples: number;
  latency_p50_ms: number;
  latency_p95_ms: number;
  latency_p99_ms: number;
  /** The smallest and the largest p50 of a round. */
  latency_p50_ms_range: [number, number];
}

export interface Figures {
  about: string;
  in_flight: number;
  messages_per_s: number;
  messages_per_s_range: [number, number];
  cpu_ms_per_message: number;
  cpu_ms_per_message_range: [number, number];
  cpu_ms_per_message_by_group: CpuPerMessage;
  half_load: Latency & { messages_per_s: number };
  four_per_s: Latency;
  model_800ms: {
    in_flight: number;
    messages_per_s: number;
    /** Without the 800 ms of the model, at four messages a second. */
    four_per_s: Latency;
  };
  /** The maximum of cores that other processes used under full load. Well above 0.2, the figures mean little. */
  disturbed_by_cores: number;
}

/** Medians over the rounds and their ranges; latencies over all samples of all rounds. */
export function figuresOf(name: ContestantName, rounds: readonly Round[], slow: SlowModelRound): Figures {
  const rates = rounds.map(({ messagesPerS }) => messagesPerS);
  const costs = rounds.map(({ cpu }) => total(cpu));
  const groups = ["own", ...CONTESTANTS[name].servers] as const;
  return {
    about: CONTESTANTS[name].about,
    in_flight: CONTESTANTS[name].inFlight,
    messages_per_s: median(rates),
    messages_per_s_range: range(rates),
    cpu_ms_per_message: median(costs),
    cpu_ms_per_message_range: range(costs),
    cpu_ms_per_message_by_group: Object.fromEntries(
      groups.map((group) => [group, median(rounds.map(({ cpu }) => cpu[group] ?? 0))]),
    ) as CpuPerMessage,
    half_load: {
      messages_per_s: median(rounds.map(({ halfRatePerS }) => halfRatePerS)),
      ...latency(rounds.map(({ halfMs }) => halfMs)),
    },
    four_per_s: latency(rounds.map(({ commonMs }) => commonMs)),
    model_800ms: {
      in_flight: slow.inFlight,
      messages_per_s: round(slow.messagesPerS),
      four_per_s: latency([slow.addedMs]),
    },
    disturbed_by_cores: round(Math.max(...rounds.map(({ othersCores }) => othersCores))),
  };
}

export function latency(rounds: readonly number[][]): Latency {
  const all = rounds.flat().toSorted((a, b) => a - b);
  const middles = rounds.map((each) =>
    quantile(
      each.toSorted((a, b) => a - b),
      0.5,
    ),
  );
  return {
    samples: all.length,
    latency_p50_ms: quantile(all, 0.5),
    latency_p95_ms: quantile(all, 0.95),
    latency_p99_ms: quantile(all, 0.99),
    latency_p50_ms_range: range(middles),
  };
}

export function median(values: readonly number[]): number {
  return round(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0);
}

/** Rounds to three digits; more would be noise. */
export function round(value: number): number {
  return Number(value.toPrecision(3));
}

function total(cpu: CpuPerMessage): number {
  return Object.values(cpu).reduce((sum, ms) => sum + ms, 0);
}

function range(values: readonly number[]): [number, number] {
  return [round(Math.min(...values)), round(Math.max(...values))];
}
