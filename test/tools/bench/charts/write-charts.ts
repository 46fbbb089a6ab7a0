import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Chart } from "./chart.ts";
import { renderChart } from "./render-chart.ts";

export interface ChartedReport {
  bench: string;
  /** The report as a table. */
  lines: readonly string[];
  charts: readonly Chart[];
}

/** One page that needs no other file. */
export function writePage(file: string, reports: readonly ChartedReport[]): void {
  const sections = reports.map(
    ({ bench, lines, charts }) =>
      `<section><h2>${escapeHtml(bench)}</h2>${charts.map(renderChart).join("\n")}<pre>${escapeHtml(lines.join("\n"))}</pre></section>`,
  );
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(
    file,
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Parley benchmarks</title><style>${STYLE}</style></head><body><h1>Parley benchmarks</h1>${sections.join("\n")}</body></html>\n`,
  );
}

/** One file for each chart, for a document. */
export function writeSvgs(folder: string, reports: readonly ChartedReport[]): void {
  mkdirSync(folder, { recursive: true });
  for (const { charts } of reports)
    for (const chart of charts) writeFileSync(join(folder, `${chart.name}.svg`), `${renderChart(chart)}\n`);
}

const STYLE =
  "body{font-family:sans-serif;max-width:1100px;margin:2rem auto;padding:0 1rem}svg{max-width:100%;height:auto}pre{overflow-x:auto;font-size:12px}";

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
