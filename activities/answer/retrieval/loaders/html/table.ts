import { createTableWriter } from "../table-text.ts";
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
  let table: ReturnType<typeof createTableWriter> | null = null;
  /** Rows of one cell, until a wider row shows that they are part of a table. */
  let narrow: string[] = [];
  let added: string[] = [];
  let cells: Cell[] = [];

  function closeRow(): void {
    const row = cells;
    cells = [];
    if (row.length === 0) return;
    if (isLayout || !row.every(isShort)) {
      emitRows();
      for (const { entries } of row) entries.forEach(emit);
      return;
    }
    for (const { entries } of row)
      for (const entry of entries) if (entry.kind === "text" && entry.added !== "") added.push(entry.added);
    addRow(
      fillSpans(row),
      row.every(({ isHeader }) => isHeader),
    );
  }

  /** The text of a cell that covers several rows is repeated in each of them, so that each row is complete. */
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

  function addRow(row: string[], isHeader: boolean): void {
    if (table === null && row.length === 1) return void narrow.push(row[0] ?? "");
    emitNarrow();
    table ??= createTableWriter({ add: (text, header) => emitText(text, header) });
    table.row(row, isHeader);
  }

  function emitText(text: string, header?: string): void {
    emit({
      kind: "text",
      text,
      added: added.splice(0).join(" "),
      ...(header === undefined ? {} : { header }),
    });
  }

  function emitNarrow(): void {
    for (const cell of narrow.splice(0)) emitText(cell);
  }

  function emitRows(): void {
    emitNarrow();
    table?.finish();
    table = null;
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
  return texts
    .join(" ")
    .replace(/(^|\s)- /g, "$1")
    .replace(/\s+/g, " ")
    .trim();
}

function toSpan(value: string | undefined): number {
  return Math.min(MAX_SPAN, Math.max(1, Number.parseInt(value ?? "1", 10) || 1));
}
