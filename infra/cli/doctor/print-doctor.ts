import pc from "picocolors";
import type { DoctorReport } from "./run-doctor.ts";
import { readTerminalWidth } from "../views/format-table.ts";
import { wrapText } from "../views/text-width.ts";
import type { CheckReport } from "./check.ts";

type Colors = ReturnType<typeof pc.createColors>;

export interface PrintOptions {
  json: boolean;
  write?: (text: string) => void;
  /** By default picocolors decides, from NO_COLOR and the terminal. */
  colors?: Colors;
  /** The columns of the terminal. */
  width?: number;
}

/** Prints the report: one JSON object, or a table with the remedy below each check that needs one. */
export function printDoctor(
  report: DoctorReport,
  {
    json,
    write = (text) => process.stdout.write(text),
    colors = pc,
    width = readTerminalWidth(),
  }: PrintOptions,
): void {
  write(json ? `${JSON.stringify(report, null, 2)}\n` : formatTable(report, { colors, width }));
}

interface Style {
  colors: Colors;
  width: number;
}

function formatTable({ ok, checks, warnings }: DoctorReport, style: Style): string {
  const { colors, width } = style;
  const widths = {
    name: Math.max(...checks.map(({ name }) => name.length)),
    state: Math.max(STATE_WIDTH, ...checks.map(({ state }) => state.length)),
    version: Math.max(...checks.map(({ version }) => version?.length ?? 1)),
  };
  const lines = checks.flatMap((check) => formatRow(check, widths, style));
  const warned = warnings.flatMap((warning) =>
    wrapText(warning, width - WARNING.length - 2).map(
      (line, i) => `${i === 0 ? colors.yellow(WARNING) : " ".repeat(WARNING.length)}  ${line}`,
    ),
  );
  const verdict = ok ? colors.green("All checks passed.") : colors.red("Some checks failed.");
  return [...lines, ...(warned.length > 0 ? ["", ...warned] : []), "", verdict, ""].join("\n");
}

const WARNING = "warning";
/** A narrower column is hard to read, so the text then begins on a line of its own. */
const MIN_TEXT_WIDTH = 30;
const OWN_LINE_INDENT = 4;
/** The minimum width, so that all reports have the same columns. */
const STATE_WIDTH = "degraded".length;

function formatRow(
  { name, state, version, detail, fix }: CheckReport,
  widths: { name: number; state: number; version: number },
  { colors, width }: Style,
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
  const begin = widths.name + widths.state + widths.version + 6;
  const fitsInRow = width - begin >= MIN_TEXT_WIDTH;
  const margin = fitsInRow ? begin : OWN_LINE_INDENT;
  const indent = (lines: readonly string[]) => lines.map((line) => " ".repeat(margin) + line);
  const text = wrapText(detail, width - margin);
  const remedy = fix === null ? [] : wrapText(`-> ${fix}`, width - margin).map((line) => colors.bold(line));
  const head = columns.join("  ");
  if (!fitsInRow) return [head.trimEnd(), ...indent([...text, ...remedy])];
  return [`${head}  ${text[0] ?? ""}`, ...indent([...text.slice(1), ...remedy])];
}
