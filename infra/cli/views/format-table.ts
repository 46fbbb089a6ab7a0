import { measureText, padText, shortenText } from "./text-width.ts";

export interface TableOptions {
  /** The columns of the terminal. Infinity where nothing may be wrapped or shortened. */
  width?: number;
  /** Adds a style to a cell after its width is known. */
  paint?: (cell: string, place: { row: number; column: number }) => string;
}

const GAP = 2;
/** Of the second and later lines of a row. */
const INDENT = 2;
/** For a terminal that does not report its width. */
const USUAL_WIDTH = 80;

/** Infinity where the output goes to a file or a program, which gets each row in one line and each value whole. */
export function readTerminalWidth(): number {
  const { isTTY, columns } = process.stdout;
  return isTTY ? columns || USUAL_WIDTH : Infinity;
}

/**
 * All tables of the command line. A table that is too wide continues each row on further lines, so that ids stay whole for the next
 * command. Only a cell that is wider than the terminal is shortened.
 */
export function formatTable(
  rows: readonly (readonly string[])[],
  { width = readTerminalWidth(), paint = (cell) => cell }: TableOptions = {},
): string {
  const limit = Math.max(width - INDENT, 1);
  const cells = rows.map((row) => row.map((cell) => shortenText(cell, limit)));
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...cells.map((row) => measureText(row[i] ?? ""))));
  const lines = splitColumns(widths, width);
  return cells
    .flatMap((row, rowNumber) =>
      lines.map((columns, line) => {
        const last = columns.at(-1);
        // The last cell needs no padding, and a style would hide spaces at the end from `trimEnd`.
        const texts = columns.map((column) => {
          const cell = row[column] ?? "";
          return paint(column === last ? cell : padText(cell, widths[column] ?? 0), {
            row: rowNumber,
            column,
          });
        });
        return `${" ".repeat(line === 0 ? 0 : INDENT)}${texts.join(" ".repeat(GAP))}`.trimEnd();
      }),
    )
    .join("\n");
}

/** The columns of each line of a row. */
function splitColumns(widths: readonly number[], limit: number): number[][] {
  const lines: number[][] = [[]];
  let used = 0;
  for (const [column, width] of widths.entries()) {
    const line = lines.at(-1) ?? [];
    const end = line.length === 0 ? used + width : used + GAP + width;
    if (line.length === 0 || end <= limit) {
      line.push(column);
      used = end;
    } else {
      lines.push([column]);
      used = INDENT + width;
    }
  }
  return lines;
}
