import type { Outline } from "./outline.ts";
import { addTable } from "./table-text.ts";

type Rows = readonly (readonly string[])[];

/** The rows of a sheet or a CSV file. Empty rows separate tables, and a row with one cell above a table is its caption. */
export function addSheetRows(outline: Outline, rows: Rows): void {
  let header: readonly string[] | null = null;
  for (const table of splitAtEmptyRows(rows)) {
    const first = table.findIndex((row) => countFilled(row) > 1);
    const captions = first === -1 ? table : table.slice(0, first);
    for (const row of captions) outline.text(row.filter((cell) => cell !== "").join(" "));
    const body = first === -1 ? [] : table.slice(first);
    const found = addBody(outline, body, header);
    header = found ?? header;
  }
}

/** Returns the header row, for a table that goes on below an empty row. */
function addBody(outline: Outline, body: Rows, above: readonly string[] | null): readonly string[] | null {
  let header: readonly string[] | null = null;
  const add = (text: string, line?: string) => {
    if (line !== undefined) header = body[0] ?? null;
    outline.text(text, line === undefined ? {} : { header: line });
  };
  const isContinued = above !== null && body[0]?.length === above.length && body[0].some(isNumber);
  if (!isContinued) addTable(body, { add });
  else addTable([above, ...body], { hasHeader: true, add: (text, line = "") => outline.text(text, { header: line, added: line }) });
  return header;
}

function splitAtEmptyRows(rows: Rows): string[][][] {
  const tables: string[][][] = [[]];
  for (const row of rows) {
    if (countFilled(row) > 0) tables.at(-1)?.push([...row]);
    else if (tables.at(-1)?.length !== 0) tables.push([]);
  }
  return tables;
}

function countFilled(row: readonly string[]): number {
  return row.filter((cell) => cell.trim() !== "").length;
}

function isNumber(cell: string): boolean {
  return /^[\s\d.,:%$€£/+-]+$/.test(cell) && /\d/.test(cell);
}
