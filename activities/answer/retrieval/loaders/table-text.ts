/** A row whose cells are longer holds texts, and is no header. */
const MAX_HEADER_CELL = 80;
/** Rows of one block. A table of millions of rows is not held as a whole. */
const BATCH = 500;

interface TableOptions {
  /** A header that the file names. Without one the first row is a header if it looks like one. */
  header?: readonly string[] | null;
  add(text: string, header?: string): void;
}

/** Turns the rows of a table into blocks with a line for each row. The chunker repeats their header. */
export function createTableWriter({ header = null, add }: TableOptions) {
  let rows: (readonly string[])[] = [];
  let found = header;
  let isStarted = header !== null;
  function flush(): void {
    const [first, ...rest] = rows;
    if (first === undefined) return;
    if (!isStarted && rest.length > 0 && looksLikeHeader(first, rest)) found = first;
    isStarted = true;
    add(rows.map(formatRow).join("\n"), found === null ? undefined : formatRow(found));
    rows = [];
  }
  return {
    row(cells: readonly string[], isHeader = false): void {
      if (cells.every((cell) => cell.trim() === "")) return;
      if (isHeader && !isStarted && rows.length === 0) {
        found = cells;
        isStarted = true;
      }
      rows.push(cells);
      if (rows.length === BATCH) flush();
    },
    /** Returns the header, if the table has one. */
    finish(): readonly string[] | null {
      flush();
      return found;
    },
  };
}

/** A small table. */
export function addTable(rows: readonly (readonly string[])[], options: TableOptions): void {
  const table = createTableWriter(options);
  for (const row of rows) table.row(row);
  table.finish();
}

function formatRow(cells: readonly string[]): string {
  const last = cells.findLastIndex((cell) => cell !== "");
  return cells
    .slice(0, last + 1)
    .map((cell) => cell.replace(/\s+/g, " ").trim())
    .join(" | ");
}

/** Several short names without numbers. */
function looksLikeHeader(first: readonly string[], rest: readonly (readonly string[])[]): boolean {
  const names = first.filter((cell) => cell !== "");
  const isWide = names.length > 1 && rest.some((row) => row.length > 1);
  return isWide && names.every((name) => name.length <= MAX_HEADER_CELL && !/^[\s\d.,:%$€£/+-]+$/.test(name));
}
