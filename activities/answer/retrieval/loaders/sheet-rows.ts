import type { Outline } from "./outline.ts";
import { createTableWriter } from "./table-text.ts";

/** Writes the rows of a sheet or a CSV file. Empty rows separate tables, and a row with one cell above a table is its caption. */
export function createSheetWriter(outline: Outline) {
  let table: ReturnType<typeof createTableWriter> | null = null;
  let header: readonly string[] | null = null;
  const add = (text: string, line?: string) => outline.text(text, line === undefined ? {} : { header: line });
  const endTable = () => {
    header = table?.finish() ?? header;
    table = null;
  };
  return {
    row(cells: readonly string[]): void {
      const filled = cells.filter((cell) => cell.trim() !== "");
      if (filled.length === 0) return endTable();
      if (table === null && filled.length === 1) return outline.text(filled.join(" "));
      // A table that goes on below an empty row.
      const isContinued = header?.length === cells.length && cells.some(isNumber);
      table ??= createTableWriter({ header: isContinued ? header : null, add });
      table.row(cells);
    },
    finish: endTable,
  };
}

function isNumber(cell: string): boolean {
  return /^[\s\d.,:%$€£/+-]+$/.test(cell) && /\d/.test(cell);
}
