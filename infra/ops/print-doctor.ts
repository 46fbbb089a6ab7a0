import pc from "picocolors";
import type { DoctorReport } from "./doctor.ts";
import type { PartReport } from "./doctor/part.ts";

type Colors = ReturnType<typeof pc.createColors>;

export interface PrintOptions {
  json: boolean;
  write?: (text: string) => void;
  /** picocolors' own choice knows NO_COLOR and pipes. */
  colors?: Colors;
}

/** Prints the report: one JSON object for programs, else a table with the way out below each part that needs one. */
export function printDoctor(
  report: DoctorReport,
  { json, write = (text) => process.stdout.write(text), colors = pc }: PrintOptions,
): void {
  write(json ? `${JSON.stringify(report, null, 2)}\n` : table(report, colors));
}

function table({ ok, parts, warnings }: DoctorReport, colors: Colors): string {
  const widths = {
    part: Math.max(...parts.map(({ part }) => part.length)),
    state: Math.max(STATE_WIDTH, ...parts.map(({ state }) => state.length)),
    version: Math.max(...parts.map(({ version }) => version?.length ?? 1)),
  };
  const lines = parts.flatMap((part) => row(part, widths, colors));
  const warned = warnings.map((warning) => `${colors.yellow("warning")}  ${warning}`);
  const verdict = ok ? colors.green("Everything is in order.") : colors.red("Something has to be done.");
  return [...lines, ...(warned.length > 0 ? ["", ...warned] : []), "", verdict, ""].join("\n");
}

/** At least, so that reports without a long word look alike. */
const STATE_WIDTH = "degraded".length;

function row(
  { part, state, version, detail, fix }: PartReport,
  widths: { part: number; state: number; version: number },
  colors: Colors,
): string[] {
  const paint = {
    ok: colors.green,
    degraded: colors.yellow,
    missing: colors.red,
    not_configured: colors.dim,
  }[state];
  const columns = [
    part.padEnd(widths.part),
    paint(state.replace("_", " ").padEnd(widths.state)),
    colors.dim((version ?? "-").padEnd(widths.version)),
  ];
  const indent = " ".repeat(widths.part + widths.state + widths.version + 6);
  return [
    `${columns.join("  ")}  ${detail}`,
    ...(fix === null ? [] : [`${indent}${colors.bold(`-> ${fix}`)}`]),
  ];
}
