import { addTable } from "../table-text.ts";
import { type Entry, isPlain, type Sink } from "./entries.ts";

type Attributes = Readonly<Record<string, string>>;

interface Cell {
  entries: Entry[];
  isHeader: boolean;
  columns: number;
  rows: number;
}

/** A cell of more characters makes a layout, not a table of data. */
const MAX_CELL = 1_500;
const MAX_SPAN = 100;

/** Collects the rows of one table. Rows with headings or long texts in their cells only give the page a layout. */
export function createTable(isLayout: boolean, emit: Sink) {
  const open = new Map<number, { text: string; rows: number }>();
  let rows: string[][] = [];
  let added: string[] = [];
  let cells: Cell[] = [];
  let hasHeader = false;

  function closeRow(): void {
    const row = cells;
    cells = [];
    if (row.length === 0) return;
    if (isLayout || !row.every(isShort)) {
      emitRows();
      for (const { entries } of row) entries.forEach(emit);
      return;
    }
    hasHeader ||= rows.length === 0 && row.every(({ isHeader }) => isHeader);
    for (const { entries } of row)
      for (const entry of entries) if (entry.kind === "text" && entry.added !== "") added.push(entry.added);
    rows.push(fillSpans(row));
  }

  /** The text of a cell that covers several rows stands in each of them, so that each row is complete. */
  function fillSpans(cellsOfRow: readonly Cell[]): string[] {
    const row: string[] = [];
    const takeOpen = () => {
      for (let above = open.get(row.length); above !== undefined; above = open.get(row.length)) {
        above.rows--;
        if (above.rows === 0) open.delete(row.length);
        row.push(above.text);
        added.push(above.text);
      }
    };
    for (const { entries, columns, rows: height } of cellsOfRow) {
      takeOpen();
      const text = joinEntries(entries);
      if (height > 1) open.set(row.length, { text, rows: height - 1 });
      row.push(text);
      for (let extra = 1; extra < columns; extra++) row.push("");
    }
    takeOpen();
    return row;
  }

  function emitRows(): void {
    const text = (lines: string, header?: string) =>
      emit({ kind: "text", text: lines, added: added.join(" "), ...(header === undefined ? {} : { header }) });
    if (rows.some((row) => row.length > 1)) addTable(rows, { hasHeader, add: text });
    else for (const [cell = ""] of rows) emit({ kind: "text", text: cell, added: added.splice(0).join(" ") });
    rows = [];
    added = [];
    hasHeader = false;
  }

  return {
    openRow: closeRow,
    openCell(isHeader: boolean, { colspan, rowspan }: Attributes): Sink {
      const entries: Entry[] = [];
      cells.push({ entries, isHeader, columns: toSpan(colspan), rows: toSpan(rowspan) });
      return (entry) => void entries.push(entry);
    },
    finish(): void {
      closeRow();
      emitRows();
    },
  };
}

function isShort({ entries }: Cell): boolean {
  return isPlain(entries) && entries.reduce((sum, { text }) => sum + text.length, 0) <= MAX_CELL;
}

function joinEntries(entries: readonly Entry[]): string {
  const texts = entries.map((entry) => (entry.kind === "text" ? entry.text : ""));
  return texts.join(" ").replace(/(^|\s)- /g, "$1").replace(/\s+/g, " ").trim();
}

function toSpan(value: string | undefined): number {
  return Math.min(MAX_SPAN, Math.max(1, Number.parseInt(value ?? "1", 10) || 1));
}
