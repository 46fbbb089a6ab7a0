import type { RevisionFigures } from "../real-steps/revision-figures.ts";
import type { Chart } from "./chart.ts";

/** CPU of the real steps by process, one bar for each installation. */
export function createRevisionChart(
  name: string,
  title: string,
  figures: Readonly<Record<string, RevisionFigures>>,
): Chart {
  const measured = Object.values(figures);
  const groups = new Set(measured.flatMap((each) => Object.keys(each.cpu_ms_per_message_by_group)));
  return {
    name,
    title,
    unit: "CPU-ms",
    kind: "bars",
    categories: Object.keys(figures),
    series: [...groups].map((group) => ({
      name: group,
      values: measured.map((each) => each.cpu_ms_per_message_by_group[group] ?? 0),
    })),
    stacked: true,
  };
}
