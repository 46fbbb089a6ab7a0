import { findBorder, type TextRange } from "./text-borders.ts";

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Whether a range of the text fits into one part. */
type Fits = (range: TextRange) => boolean;

/**
 * Cuts a text into parts that all pass `fits`, at the best place that allows it. A word, such as a URL, is cut only if it does not
 * fit into one part, and then between graphemes. Only white space at a cut is lost.
 */
export function splitText(text: string, fits: (part: string) => boolean): string[] {
  const ranges = splitRanges(text, ({ start, end }) => fits(text.slice(start, end)));
  return ranges.map(({ start, end }) => text.slice(start, end));
}

/** `splitText` for a caller that has more than the text. */
export function splitRanges(text: string, fits: Fits): TextRange[] {
  const ranges: TextRange[] = [];
  const end = text.trimEnd().length;
  let start = skipSpace(text, 0);
  while (start < end && !fitsWhole({ start, end }, fits)) {
    const cut = findBestCut(text, { start, end }, fits);
    ranges.push({ start, end: start + text.slice(start, cut).trimEnd().length });
    start = skipSpace(text, cut);
  }
  return start >= end && ranges.length > 0 ? ranges : [...ranges, { start: Math.min(start, end), end }];
}

function skipSpace(text: string, from: number): number {
  return text.length - text.slice(from).trimStart().length;
}

/** A text does not fit where its beginning does not. Most limits have to read the whole text, so the beginning comes first. */
function fitsWhole(range: TextRange, fits: Fits): boolean {
  return findTooLong(range, fits, 4_096) === range.end && fits(range);
}

/** The end of the shortest of 256, 512, 1024 ... units that do not fit, or of the whole range. */
function findTooLong({ start, end }: TextRange, fits: Fits, shortest = 256): number {
  let length = shortest;
  while (start + length < end && fits({ start, end: start + length })) length *= 2;
  return Math.min(start + length, end);
}

function findBestCut(text: string, range: TextRange, fits: Fits): number {
  const limit = findLongestFitting(text, range, fits);
  return findBorder(text, { start: range.start, end: limit }) ?? limit;
}

/**
 * The end of the longest beginning that fits; at least one character, so that the loop ends. Only a beginning that is a little
 * longer is looked at, or a long text would be read once for each of its parts.
 */
function findLongestFitting(text: string, range: TextRange, fits: Fits): number {
  const { start } = range;
  const head = text.slice(start, findTooLong(range, fits));
  const whole = sumLengths([...graphemes.segment(head)].map(({ segment }) => segment));
  // A letter with a thousand accents is one grapheme that fits into no part. Only such a grapheme is cut.
  const isFirstFitting = fits({ start, end: start + (whole[0] ?? 0) });
  const ends = isFirstFitting ? whole : sumLengths(Array.from(head));
  let [low, high] = [0, ends.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits({ start, end: start + (ends[middle] ?? 0) })) low = middle;
    else high = middle - 1;
  }
  return start + (ends[low] ?? head.length);
}

function sumLengths(pieces: readonly string[]): number[] {
  let end = 0;
  return pieces.map((piece) => (end += piece.length));
}
