import { alignCells } from "./align-cells.ts";
import { distance, findUsualStep, type Row } from "./page-layout.ts";

/** A paragraph with its lines, or the rows of a table. */
export type PageBlock = { kind: "lines"; lines: string[] } | { kind: "table"; rows: string[][] };

/** Lines further apart than this, in steps of the region's usual distance, are different paragraphs. */
const PARAGRAPH_GAP = 1.45;
/** Lines of one paragraph are not further apart, in sizes of its letters. */
const MAX_LINE_HEIGHT = 2.6;
/** Rows of one table are not further apart, in steps of the region's usual distance. */
const MAX_TABLE_GAP = 3;
/** Paragraphs and tables of a region of a page. */
export function toBlocks(rows: readonly Row[]): PageBlock[] {
  return groupRows(rows).map((group) =>
    group.kind === "table"
      ? { kind: "table", rows: alignCells(group.rows) }
      : { kind: "lines", lines: group.rows.map((row) => row.map(({ text }) => text).join(" ")) },
  );
}

function groupRows(rows: readonly Row[]): { kind: PageBlock["kind"]; rows: Row[] }[] {
  const step = findUsualStep(rows);
  const groups: { kind: PageBlock["kind"]; rows: Row[] }[] = [];
  let previous: Row | undefined;
  for (const [index, row] of rows.entries()) {
    const last = groups.at(-1);
    const gap = previous === undefined ? Number.POSITIVE_INFINITY : distance(previous, row);
    const isFar = previous === undefined || isOtherSize(previous, row) || gap > findLimit(step, row);
    // The second line of a cell has no other cells next to it.
    const isRest = last?.kind === "table" && !isFar && isTableRow(rows, index + 1, step);
    const kind = isTableRow(rows, index, step) || isRest ? "table" : "lines";
    const isSame = last?.kind === kind && (kind === "table" ? gap <= step * MAX_TABLE_GAP : !isFar);
    if (isSame) last.rows.push(row);
    else groups.push({ kind, rows: [row] });
    previous = row;
  }
  return groups;
}

/** True for a row with several cells next to another one. */
function isTableRow(rows: readonly Row[], index: number, step: number): boolean {
  const isWide = (at: number) => (rows[at]?.length ?? 0) > 1;
  const isNear = (at: number) => distance(rows[at - 1] ?? [], rows[at] ?? []) <= step * MAX_TABLE_GAP;
  if (!isWide(index)) return false;
  return (isWide(index - 1) && isNear(index)) || (isWide(index + 1) && isNear(index + 1));
}

/** In a region of two lines their distance is no measure, so the size of the letters is one too. */
function findLimit(step: number, row: Row): number {
  return Math.min(step * PARAGRAPH_GAP, (row[0]?.size ?? 1) * MAX_LINE_HEIGHT);
}

function isOtherSize(above: Row, below: Row): boolean {
  const [one, other] = [above[0]?.size ?? 1, below[0]?.size ?? 1];
  return Math.max(one, other) > Math.min(one, other) * 1.2;
}
