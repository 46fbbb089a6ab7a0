import { readFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { renderChart } from "./render-chart.ts";
import { writePage } from "./write-charts.ts";

const chart = {
  name: "throughput",
  title: "Messages per second",
  unit: "messages/s",
  kind: "bars",
  categories: ["naive", "shipped"],
  series: [{ name: "full load", values: [28, null] }],
  logarithmic: true,
} as const;

it("a chart becomes an SVG with its title and its categories", () => {
  const svg = renderChart(chart);
  expect(svg).toMatch(/^<svg /);
  for (const text of ["Messages per second", "naive", "shipped"]) expect(svg).toContain(text);
});

it("the page contains every chart and the escaped table of its report", () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-charts-"));
  const file = join(folder, "page.html");
  writePage(file, [{ bench: "pipeline", lines: ["p99 < 60 ms"], charts: [chart, chart] }]);
  const page = readFileSync(file, "utf8");
  expect(page.match(/<svg /g)).toHaveLength(2);
  expect(page).toContain("p99 &lt; 60 ms");
  rmSync(folder, { recursive: true });
});
