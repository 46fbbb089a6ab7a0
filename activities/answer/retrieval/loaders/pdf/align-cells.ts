import type { Row, Segment } from "./page-layout.ts";

interface Column {
  left: number;
  right: number;
}

/** The texts of a table's rows by column, so that an empty cell does not move the cells after it below another header. */
export function alignCells(rows: readonly Row[]): string[][] {
  const width = Math.max(...rows.map(({ length }) => length));
  const columns: Column[] = [];
  for (const row of rows.filter(({ length }) => length === width)) {
    for (const [index, { left, right }] of row.entries()) {
      const known = columns[index];
      columns[index] = known === undefined ? { left, right } : unite(known, { left, right });
    }
  }
  const aligned: string[][] = [];
  for (const row of rows) {
    // A row with one text goes on with a cell of the row above.
    const rest = row.length === 1 ? aligned.at(-1) : undefined;
    const cells = rest ?? columns.map(() => "");
    for (const segment of row) {
      const index = findColumn(columns, segment);
      cells[index] = `${cells[index] ?? ""} ${segment.text}`.trim();
    }
    if (rest === undefined) aligned.push(cells);
  }
  return aligned;
}

function unite(one: Column, other: Column): Column {
  return { left: Math.min(one.left, other.left), right: Math.max(one.right, other.right) };
}

/** The column that shares the most of its width with the text, or the one next to it. */
function findColumn(columns: readonly Column[], { left, right }: Segment): number {
  const shared = columns.map((column) => Math.min(right, column.right) - Math.max(left, column.left));
  return shared.indexOf(Math.max(...shared));
}
