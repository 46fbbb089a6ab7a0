import type { Chart } from "../charts/chart.ts";
import type { SizeCost } from "./compare-sizes.ts";

export const DIMENSIONS = ["turns", "rows", "months", "chunks"] as const;
export type Dimension = (typeof DIMENSIONS)[number];
export type Growth = Partial<Record<Dimension, SizeCost[]>>;

export function createGrowthChart(figures: Growth): Chart {
  const grown = DIMENSIONS.flatMap((dimension) =>
    (figures[dimension] ?? []).slice(1).map((cost) => ({ name: `${cost.size} ${dimension}`, cost })),
  );
  return {
    name: "growth",
    title: "Cost of a message against the smallest size",
    unit: "ratio",
    kind: "bars",
    categories: grown.map(({ name }) => name),
    series: [
      { name: "CPU", values: grown.map(({ cost }) => cost.ratio_cpu) },
      { name: "write-ahead log", values: grown.map(({ cost }) => cost.ratio_wal) },
    ],
  };
}

export function formatGrowth(figures: Growth): string[] {
  const cells = (values: readonly (string | number)[]) =>
    values.map((value) => String(value).padStart(10)).join("");
  const row = ({ size, cpu_ms: cpu, ...cost }: SizeCost) =>
    cells([size, cpu.api, cpu.worker, cpu.temporal, cpu.postgres, cpu.all, cost.ratio_cpu]) +
    cost.ratio_cpu_range.join("-").padStart(12) +
    cells([cost.pages, cost.ratio_pages, cost.wal_kb, cost.ratio_wal, cpu.reply_p50_ms]);
  const head = ["api", "worker", "temporal", "postgres", "all", "ratio"];
  return [
    "CPU-ms of one message, then its pages of PostgreSQL and its KB of write-ahead log after a checkpoint; ratios to the first line of each part.",
    ...DIMENSIONS.flatMap((dimension) => {
      const costs = figures[dimension];
      if (costs === undefined) return [];
      const title = cells([dimension, ...head]) + "range".padStart(12);
      return [title + cells(["pages", "ratio", "KB", "ratio", "p50 ms"]), ...costs.map(row)];
    }),
  ];
}
