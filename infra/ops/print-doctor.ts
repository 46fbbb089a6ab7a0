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
    version: Math.max(...parts.map(({ version }) => version?.length ?? 1)),
  };
  const lines = parts.flatMap((part) => row(part, widths, colors));
  const warned = warnings.map((warning) => `${colors.yellow("warning")}  ${warning}`);
  const verdict = ok ? colors.green("Everything is in order.") : colors.red("Something has to be done.");
  return [...lines, ...(warned.length > 0 ? ["", ...warned] : []), "", verdict, ""].join("\n");
}

const STATE_WIDTH = "degraded".length;

function row(
  { part, state, version, detail, fix }: PartReport,
  widths: { part: number; version: number },
  colors: Colors,
): string[] {
  const paint = { ok: colors.green, degraded: colors.yellow, missing: colors.red }[state];
  const columns = [
    part.padEnd(widths.part),
    paint(state.padEnd(STATE_WIDTH)),
    colors.dim((version ?? "-").padEnd(widths.version)),
  ];
  const indent = " ".repeat(widths.part + STATE_WIDTH + widths.version + 6);
  return [
    `${columns.join("  ")}  ${detail}`,
    ...(fix === null ? [] : [`${indent}${colors.bold(`-> ${fix}`)}`]),
  ];
}
