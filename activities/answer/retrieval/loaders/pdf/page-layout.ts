import type { Item } from "./page-items.ts";

/** Items of one line without a wide space between them. */
export interface Segment {
  text: string;
  left: number;
  right: number;
  y: number;
  size: number;
}

export type Row = Segment[];

/** Baselines that are nearer than this part of the font's size are one line, such as raised and lowered digits. */
const SAME_LINE = 0.45;
/** A gap of more than this, in sizes of the font, may be a gutter, if it is at the same place in several lines. */
const GUTTER_GAP = 0.6;
/** A gap of more than this separates cells. Spaces of justified text are narrower. */
const CELL_GAP = 1.3;
/** A gap of more than this is a space. */
const WORD_GAP = 0.15;
/** Lines with fewer letters are cells of a table. Columns of running text are wider. */
const PROSE = 18;
/** A space of more than this, in usual distances of lines, separates parts of a page. */
const WIDE_SPACE = 2;
/** Places for a gutter that are tried. A page of text has fewer than a hundred. */
const MAX_CANDIDATES = 400;
/** Lines that a column has at least. */
const MIN_LINES = 3;

/** The lines of a page in the order in which they are read: columns of running text one after the other, tables row by row. */
export function orderRows(items: readonly Item[]): Row[][] {
  return readRegion(toRows(items)).map((region) => region.map(joinCells));
}

/** Words of a row with a space between them that is wide, but not as wide as between cells. */
function joinCells(row: Row): Row {
  const cells: Row = [];
  for (const segment of row) {
    const last = cells.at(-1);
    if (last === undefined || segment.left - last.right > CELL_GAP * Math.min(segment.size, last.size))
      cells.push({ ...segment });
    else {
      last.text = `${last.text} ${segment.text}`;
      last.right = Math.max(last.right, segment.right);
    }
  }
  return cells;
}

function toRows(items: readonly Item[]): Row[] {
  const sorted = items.toSorted((one, other) => one.y - other.y);
  const lines: Item[][] = [];
  let baseline = Number.NEGATIVE_INFINITY;
  for (const item of sorted) {
    const last = lines.at(-1);
    if (last !== undefined && item.y - baseline <= SAME_LINE * Math.max(4, item.size)) last.push(item);
    else {
      lines.push([item]);
      baseline = item.y;
    }
  }
  return lines.map(toSegments);
}

/** In a line that is read from right to left, the places are mirrored. */
function toSegments(items: readonly Item[]): Segment[] {
  const isMirrored = items.filter(({ isRightToLeft }) => isRightToLeft).length * 2 > items.length;
  const line = isMirrored ? items.map((item) => ({ ...item, left: -item.right, right: -item.left })) : items;
  const segments: Segment[] = [];
  for (const { text, left, right, y, size } of line.toSorted((one, other) => one.left - other.left)) {
    const last = segments.at(-1);
    const gap = last === undefined ? Number.POSITIVE_INFINITY : left - last.right;
    if (last === undefined || gap > GUTTER_GAP * Math.min(size, last.size)) {
      segments.push({ text: text.trim(), left, right, y, size });
      continue;
    }
    const space = gap > WORD_GAP * size || /^\s/.test(text) || /\s$/.test(last.text) ? " " : "";
    last.text = `${last.text.trimEnd()}${space}${text.trimStart()}`;
    last.right = Math.max(last.right, right);
    last.size = Math.max(last.size, size);
  }
  return segments;
}

/** Splits runs of rows at a gutter. Rows that cross it, such as a heading above two columns, are regions of their own. */
function readRegion(rows: readonly Row[]): Row[][] {
  const gutter = findGutter(rows);
  if (gutter === null) return rows.length === 0 ? [] : [[...rows]];
  const regions: Row[][] = [];
  let run: Row[] = [];
  const endRun = () => {
    const [above, columns, below] = cutColumns(run, gutter);
    const [left, right] = splitRows(columns, gutter);
    if (isProse(left) && isProse(right))
      regions.push(...readRegion(above), ...readRegion(left), ...readRegion(right), ...readRegion(below));
    else if (run.length > 0) regions.push(run);
    run = [];
  };
  for (const row of rows) {
    if (crosses(row, gutter)) {
      endRun();
      regions.push([row]);
    } else run.push(row);
  }
  endRun();
  return joinRegions(regions);
}

/** The rows from the first to the last that has both columns, with those next to them: a wide space ends the shorter column's page. */
function cutColumns(rows: readonly Row[], gutter: number): [Row[], Row[], Row[]] {
  const hasRight = (row: Row) => row.some(({ left }) => left > gutter);
  const wide = findUsualStep(rows) * WIDE_SPACE;
  const isCut = (index: number) => distance(rows[index - 1] ?? [], rows[index] ?? []) > wide;
  let from = Math.max(0, rows.findIndex(hasRight));
  while (from > 0 && !isCut(from)) from--;
  let to = rows.findLastIndex(hasRight) + 1;
  while (to < rows.length && !isCut(to)) to++;
  return [rows.slice(0, from), rows.slice(from, to), rows.slice(to)];
}

/** The middle of a gap that most rows with several segments have. */
function findGutter(rows: readonly Row[]): number | null {
  const gaps = rows.flatMap((row) =>
    row.slice(1).map(({ left }, index) => Math.round(((row[index]?.right ?? 0) + left) / 2)),
  );
  // Columns whose lines are not level have no gap inside a row.
  const lefts = rows.flatMap((row) => row.map(({ left }) => Math.round(left) - 2));
  const candidates = [...new Set([...gaps, ...lefts])].slice(0, MAX_CANDIDATES);
  let best: { gutter: number; lines: number } | null = null;
  for (const gutter of candidates) {
    const free = rows.filter((row) => !crosses(row, gutter));
    const [left, right] = splitRows(free, gutter);
    const lines = Math.min(left.length, right.length);
    if (isProse(left) && isProse(right) && lines > (best?.lines ?? 0)) best = { gutter, lines };
  }
  return best?.gutter ?? null;
}

function splitRows(rows: readonly Row[], gutter: number): [Row[], Row[]] {
  const side = (isRight: boolean) =>
    rows.map((row) => row.filter(({ left }) => left > gutter === isRight)).filter((row) => row.length > 0);
  return [side(false), side(true)];
}

function crosses(row: Row, gutter: number): boolean {
  return row.some(({ left, right }) => left < gutter && right > gutter);
}

function isProse(rows: readonly Row[]): boolean {
  if (rows.length < MIN_LINES) return false;
  const lengths = rows
    .map((row) => Math.max(...joinCells(row).map(({ text }) => text.length)))
    .toSorted((one, other) => one - other);
  return (lengths[Math.floor(lengths.length / 2)] ?? 0) >= PROSE;
}

/** Rows next to each other that no column separates are one region again. */
function joinRegions(regions: readonly Row[][]): Row[][] {
  const joined: Row[][] = [];
  for (const region of regions) {
    const last = joined.at(-1);
    const previous = last?.at(-1);
    const isBelow = (previous?.[0]?.y ?? Number.POSITIVE_INFINITY) < (region[0]?.[0]?.y ?? 0);
    if (last !== undefined && isBelow && region.length === 1 && last.length === 1) last.push(...region);
    else joined.push([...region]);
  }
  return joined;
}

export function findUsualStep(rows: readonly Row[]): number {
  const steps = rows.slice(1).map((row, index) => distance(rows[index] ?? row, row));
  const sorted = steps.filter((step) => step > 0).toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.POSITIVE_INFINITY;
}

export function distance(above: Row, below: Row): number {
  return (below[0]?.y ?? 0) - (above[0]?.y ?? 0);
}
