/** The places where a text may be cut, best first: end of a paragraph, end of a sentence, space. */
const BORDERS = [/\n\s*\n/gu, /(?<=[.!?…。！？])\s+/gu, /\s+/gu] as const;
/** More white space than a paragraph ends with. */
const BORDER_LENGTH = 100;
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * Cuts a text into parts that all pass `fits`, at the best place that allows it. A word, such as a URL, is cut only if it does not
 * fit into one part, and then between graphemes. Only white space at a cut is lost.
 */
export function splitText(text: string, fits: (part: string) => boolean): string[] {
  const parts: string[] = [];
  let rest = text.trim();
  while (rest !== "" && !fitsWhole(rest, fits)) {
    const cut = findBestCut(rest, fits);
    parts.push(rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
  }
  return rest === "" && parts.length > 0 ? parts : [...parts, rest];
}

/** A text does not fit where its beginning does not. Most limits have to read the whole text, so the beginning comes first. */
function fitsWhole(text: string, fits: (part: string) => boolean): boolean {
  return takeTooLongPrefix(text, fits, 4_096) === text && fits(text);
}

/** The shortest of 256, 512, 1024 ... units that does not fit, or the whole text. */
function takeTooLongPrefix(text: string, fits: (part: string) => boolean, shortest = 256): string {
  let length = shortest;
  while (length < text.length && fits(text.slice(0, length))) length *= 2;
  return text.slice(0, length);
}

function findBestCut(text: string, fits: (part: string) => boolean): number {
  const limit = findLongestFitting(text, fits);
  for (const border of BORDERS) {
    const cut = findLastBorder(text, border, limit);
    // Cuts at paragraphs and sentences that end too early would make many tiny parts.
    if (cut > 0 && (border === BORDERS[2] || cut >= limit / 3)) return cut;
  }
  return limit;
}

/**
 * The last place to cut that begins at or before `limit`. Its white space may extend past the limit. The text after that is not
 * searched, because it would be searched again for each part.
 */
function findLastBorder(text: string, border: RegExp, limit: number): number {
  let cut = 0;
  for (const match of text.slice(0, limit + BORDER_LENGTH).matchAll(border)) {
    if (match.index > limit) break;
    cut = match.index;
  }
  return cut;
}

/**
 * Length in UTF-16 units of the longest prefix that fits; at least one character, so that the loop ends. Only a prefix that is a little
 * longer is looked at, or a long text would be read once for each of its parts.
 */
function findLongestFitting(text: string, fits: (part: string) => boolean): number {
  const head = takeTooLongPrefix(text, fits);
  const whole = sumLengths([...graphemes.segment(head)].map(({ segment }) => segment));
  // A letter with a thousand accents is one grapheme that fits into no part. Only such a grapheme is cut.
  const ends = fits(head.slice(0, whole[0])) ? whole : sumLengths(Array.from(head));
  let [low, high] = [0, ends.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(text.slice(0, ends[middle]))) low = middle;
    else high = middle - 1;
  }
  return ends[low] ?? text.length;
}

function sumLengths(pieces: readonly string[]): number[] {
  let end = 0;
  return pieces.map((piece) => (end += piece.length));
}
