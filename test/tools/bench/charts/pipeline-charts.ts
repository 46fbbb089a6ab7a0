import { CONTESTANT_NAMES } from "../pipeline/contestants/registry.ts";
import type { Results } from "../pipeline/targets.ts";
import type { Figures, Latency } from "../pipeline/figures.ts";
import type { Chart } from "./chart.ts";

export function createPipelineCharts(results: Results): Chart[] {
  const measured = CONTESTANT_NAMES.flatMap((name) => {
    const figures = results[name];
    return figures === undefined ? [] : [{ name, figures }];
  });
  const categories = measured.map(({ name }) => name);
  const valuesOf = (pick: (figures: Figures) => number) => measured.map(({ figures }) => pick(figures));
  const loads: readonly [string, (figures: Figures) => Latency][] = [
    ["4/s", (figures) => figures.four_per_s],
    ["half load", (figures) => figures.half_load],
  ];
  return [
    {
      name: "throughput",
      title: "Seven empty durable steps: messages per second",
      unit: "messages/s",
      kind: "bars",
      categories,
      series: [{ name: "full load", values: valuesOf((figures) => figures.messages_per_s) }],
      logarithmic: true,
    },
    {
      name: "cpu",
      title: "Seven empty durable steps: CPU-ms per message",
      unit: "CPU-ms",
      kind: "bars",
      categories,
      series: [{ name: "CPU-ms", values: valuesOf((figures) => figures.cpu_ms_per_message) }],
      logarithmic: true,
    },
    {
      name: "latency",
      title: "Added latency over load",
      unit: "ms",
      kind: "bars",
      categories,
      series: loads.flatMap(([load, latencyOf]) => [
        { name: `p50, ${load}`, values: valuesOf((figures) => latencyOf(figures).latency_p50_ms) },
        { name: `p99, ${load}`, values: valuesOf((figures) => latencyOf(figures).latency_p99_ms) },
      ]),
      logarithmic: true,
    },
  ];
}
