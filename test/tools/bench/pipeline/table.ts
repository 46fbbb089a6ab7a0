import type { TargetResult, Results } from "./targets.ts";
import { CONTESTANT_NAMES, type ContestantName } from "./contestants/registry.ts";
import type { Figures, Latency } from "./figures.ts";
import type { RealStepsReport } from "./measure-real-steps.ts";

interface Report {
  versions: readonly string[];
  temporal_server: string;
  durability: Record<string, string>;
  rounds_kept: number;
  targets: Record<string, TargetResult>;
  idle_cpu_ms_per_s: Record<string, number>;
  results: Results;
  not_run: Partial<Record<ContestantName, string>>;
  real_steps: readonly RealStepsReport[];
}

const COLUMNS = [
  "messages/s",
  "range",
  "CPU-ms",
  "half p50",
  "p95",
  "p99",
  "4/s p50",
  "p95",
  "p99",
  "800 ms p50",
];
const WIDTHS = [11, 15, 8, 9, 8, 8, 9, 8, 8, 11];

/** Formats the report: one line per contestant, and below it the cost by process. */
export function pipelineTable(report: Report): string[] {
  const shown = CONTESTANT_NAMES.flatMap((name) => {
    const figures = report.results[name];
    return figures === undefined ? [] : [{ name, figures }];
  });
  const disturbed = Math.max(...shown.map(({ figures }) => figures.disturbed_by_cores));
  return [
    `Temporal: ${report.temporal_server}. ${report.versions.join(", ")}`,
    `Durability: ${entries(report.durability)}`,
    `${report.rounds_kept} rounds of each in turn, medians; latencies in ms from a message's due time to the end of deliver, over all rounds.`,
    "",
    row("", COLUMNS),
    ...shown.map(({ name, figures }) => row(name, cells(figures))),
    ...Object.entries(report.not_run).map(([name, why]) => `${name}: not run: ${why}`),
    "",
    `CPU-ms of a message under full load, by process, without what servers use when idle (CPU-ms a second: ${entries(report.idle_cpu_ms_per_s)}):`,
    ...shown.map(
      ({ name, figures }) => `  ${name.padEnd(16)} ${entries(figures.cpu_ms_per_message_by_group)}`,
    ),
    "",
    "The real steps, one worker, fakes for the vendors:",
    ...report.real_steps.map(realLine),
    "",
    ...Object.entries(report.targets).map(barLine),
    `Other processes used up to ${disturbed} cores during the run.`,
  ];
}

function cells({ four_per_s: four, half_load: half, model_800ms: slow, ...figures }: Figures): string[] {
  return [
    String(figures.messages_per_s),
    figures.messages_per_s_range.join("-"),
    String(figures.cpu_ms_per_message),
    ...quantiles(half),
    ...quantiles(four),
    String(slow.four_per_s.latency_p50_ms),
  ];
}

function quantiles({ latency_p50_ms: p50, latency_p95_ms: p95, latency_p99_ms: p99 }: Latency): string[] {
  return [p50, p95, p99].map(String);
}

function realLine({ model_ms: model, four_per_s: four, ...real }: RealStepsReport): string {
  return `  model ${model} ms: ${real.messages_per_s} messages/s, ${real.cpu_ms_per_message} CPU-ms (${entries(real.cpu_ms_per_message_by_group)}), at 4/s p50 ${four.p50_ms}, p95 ${four.p95_ms}, p99 ${four.p99_ms} ms`;
}

function barLine([name, { value, target, ok }]: [string, TargetResult]): string {
  return `${name}: ${value ?? "not measured"} (bar ${target}) ${ok ? "holds" : "does NOT hold"}`;
}

function row(name: string, values: readonly string[]): string {
  return name.padEnd(16) + values.map((value, i) => value.padStart(WIDTHS[i] ?? 0)).join("");
}

function entries(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}
