import { distance, findUsualStep, type Row } from "./page-layout.ts";

/** A paragraph with its lines, or the rows of a table. */
export type PageBlock = { kind: "lines"; lines: string[] } | { kind: "table"; rows: string[][] };

/** Lines further apart than this, in steps of the region's usual distance, are different paragraphs. */
const PARAGRAPH_GAP = 1.45;
/** Lines of one paragraph are not further apart, in sizes of its letters. */
const MAX_LINE_HEIGHT = 2.6;
/** Rows with several cells that follow one another. A single one is a line with a wide gap. */
const MIN_TABLE_ROWS = 2;

/** Paragraphs and tables of a region of a page. */
export function toBlocks(rows: readonly Row[]): PageBlock[] {
  const step = findUsualStep(rows);
  const blocks: PageBlock[] = [];
  let previous: Row | undefined;
  for (const [index, row] of rows.entries()) {
    const last = blocks.at(-1);
    const isFar =
      previous === undefined || isOtherSize(previous, row) || distance(previous, row) > findLimit(step, row);
    if (isTableRow(rows, index)) {
      const cells = row.map(({ text }) => text);
      if (last?.kind === "table" && !(isFar && distance(previous ?? row, row) > step * 3))
        last.rows.push(cells);
      else blocks.push({ kind: "table", rows: [cells] });
    } else {
      const line = row.map(({ text }) => text).join(" ");
      if (last?.kind === "lines" && !isFar) last.lines.push(line);
      else blocks.push({ kind: "lines", lines: [line] });
    }
    previous = row;
  }
  return blocks;
}

/** True for a row with several cells next to another one. */
function isTableRow(rows: readonly Row[], index: number): boolean {
  const isWide = (at: number) => (rows[at]?.length ?? 0) > 1;
  if (!isWide(index)) return false;
  let count = 1;
  for (let at = index - 1; isWide(at); at--) count++;
  for (let at = index + 1; count < MIN_TABLE_ROWS && isWide(at); at++) count++;
  return count >= MIN_TABLE_ROWS;
}

/** In a region of two lines their distance is no measure, so the size of the letters is one too. */
function findLimit(step: number, row: Row): number {
  return Math.min(step * PARAGRAPH_GAP, (row[0]?.size ?? 1) * MAX_LINE_HEIGHT);
}

function isOtherSize(above: Row, below: Row): boolean {
  const [one, other] = [above[0]?.size ?? 1, below[0]?.size ?? 1];
  return Math.max(one, other) > Math.min(one, other) * 1.2;
}
