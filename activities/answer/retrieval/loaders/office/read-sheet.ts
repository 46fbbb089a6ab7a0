import type { OfficePackage } from "./office-package.ts";

interface SheetOptions {
  strings: readonly string[];
  /** The shown text of a number. */
  format(value: string, style: string | undefined): string;
  /** Called with the texts of each row, and without any for a gap. */
  onRow(cells: readonly string[]): void;
}

/** A sheet has 16,384 columns. A reference further right is wrong. */
const MAX_COLUMN = 16_384;

/** Reads the texts of a sheet's cells, row by row. */
export function readSheet(
  parts: OfficePackage,
  path: string,
  { strings, format, onRow }: SheetOptions,
): void {
  let last = 0;
  let row: string[] = [];
  let cell = { column: 0, type: "n", style: undefined as string | undefined, value: "" };
  let isValue = false;
  let aids = 0;
  parts.read(path, {
    open(name, { r: reference, t: type, s: style }) {
      if (name === "row") {
        const number = Number(reference ?? 0);
        // A gap of any size is one empty row: it separates two tables.
        if (last > 0 && number > last + 1) onRow([]);
        last = number > 0 ? number : last + 1;
        row = [];
      }
      if (name === "c")
        cell = { column: findColumn(reference) ?? row.length, type: type ?? "n", style, value: "" };
      if (name === "rPh") aids++;
      isValue = name === "v" || (name === "t" && aids === 0);
    },
    close(name) {
      isValue = false;
      if (name === "rPh") aids--;
      if (name === "c") {
        while (row.length < cell.column) row.push("");
        row.push(showValue(cell));
      }
      if (name === "row") onRow(row);
    },
    text(data) {
      if (isValue) cell.value += data;
    },
  });

  function showValue({ type, style, value }: typeof cell): string {
    if (value === "" || type === "e") return "";
    if (type === "s") return strings[Number(value)] ?? "";
    if (type === "b") return value === "1" ? "TRUE" : "FALSE";
    if (type === "d") return value.replace("T00:00:00", "");
    return type === "n" ? format(value, style) : value;
  }
}

/** "C7" is column 2. */
function findColumn(reference: string | undefined): number | null {
  const [letters] = /^[A-Z]+/.exec(reference ?? "") ?? [];
  if (letters === undefined) return null;
  let column = 0;
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64;
  return column <= MAX_COLUMN ? column - 1 : null;
}
