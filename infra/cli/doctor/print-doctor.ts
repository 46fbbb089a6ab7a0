import pc from "picocolors";
import type { DoctorReport } from "./run-doctor.ts";
import type { CheckReport } from "./check.ts";

type Colors = ReturnType<typeof pc.createColors>;

export interface PrintOptions {
  json: boolean;
  write?: (text: string) => void;
  /** By default picocolors decides, from NO_COLOR and the terminal. */
  colors?: Colors;
}

/** Prints the report: one JSON object, or a table with the remedy below each check that needs one. */
export function printDoctor(
  report: DoctorReport,
  { json, write = (text) => process.stdout.write(text), colors = pc }: PrintOptions,
): void {
  write(json ? `${JSON.stringify(report, null, 2)}\n` : formatTable(report, colors));
}

function formatTable({ ok, checks, warnings }: DoctorReport, colors: Colors): string {
  const widths = {
    name: Math.max(...checks.map(({ name }) => name.length)),
    state: Math.max(STATE_WIDTH, ...checks.map(({ state }) => state.length)),
    version: Math.max(...checks.map(({ version }) => version?.length ?? 1)),
  };
  const lines = checks.flatMap((check) => formatRow(check, widths, colors));
  const warned = warnings.map((warning) => `${colors.yellow("warning")}  ${warning}`);
  const verdict = ok ? colors.green("All checks passed.") : colors.red("Some checks failed.");
  return [...lines, ...(warned.length > 0 ? ["", ...warned] : []), "", verdict, ""].join("\n");
}

/** The minimum width, so that all reports have the same columns. */
const STATE_WIDTH = "degraded".length;

function formatRow(
  { name, state, version, detail, fix }: CheckReport,
  widths: { name: number; state: number; version: number },
  colors: Colors,
): string[] {
  const paint = {
    ok: colors.green,
    degraded: colors.yellow,
    missing: colors.red,
    not_configured: colors.dim,
  }[state];
  const columns = [
    name.padEnd(widths.name),
    paint(state.replace("_", " ").padEnd(widths.state)),
    colors.dim((version ?? "-").padEnd(widths.version)),
  ];
  const indent = " ".repeat(widths.name + widths.state + widths.version + 6);
  return [
    `${columns.join("  ")}  ${detail}`,
    ...(fix === null ? [] : [`${indent}${colors.bold(`-> ${fix}`)}`]),
  ];
}
