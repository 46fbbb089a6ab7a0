import { init } from "echarts";
import type { Chart } from "./chart.ts";

const SIZE = { width: 760, height: 360 };
/** Readable on a light and on a dark page. */
const TEXT = { color: "#6b7280", fontFamily: "sans-serif" };
/** Names of contestants are long. */
const SLANTED = 25;

/** Renders without a browser: the text of an SVG file, equal for equal values. */
export function renderChart(chart: Chart): string {
  const drawing = init(null, null, { renderer: "svg", ssr: true, ...SIZE });
  drawing.setOption({
    animation: false,
    textStyle: TEXT,
    title: { text: chart.title, left: "center", textStyle: { ...TEXT, fontSize: 15 } },
    legend: chart.series.length > 1 ? { bottom: 0, textStyle: TEXT } : undefined,
    grid: { left: 70, right: 20, top: 50, bottom: 80 },
    xAxis: {
      type: "category",
      data: [...chart.categories],
      axisLabel: { ...TEXT, interval: 0, rotate: SLANTED },
    },
    yAxis: {
      type: chart.logarithmic === true ? "log" : "value",
      name: chart.unit,
      nameTextStyle: TEXT,
      axisLabel: TEXT,
    },
    series: chart.series.map(({ name, values }) => ({
      name,
      type: chart.kind === "bars" ? ("bar" as const) : ("line" as const),
      // A logarithmic axis has no place for zero.
      data: values.map((value) =>
        value === null || (chart.logarithmic === true && value <= 0) ? "-" : value,
      ),
      ...(chart.stacked === true ? { stack: "sum" } : {}),
    })),
  });
  const svg = drawing.renderToSVGString();
  drawing.dispose();
  return svg;
}
