/** A list item, or a line with its own mark. */
const OWN_LINE = /^(?:[-*•–▪◦‣]\s|\d+[.)]\s|\p{L}[.)]\s)/u;
/** A block of shorter lines is an address or a list. */
const SHORT_LINES = 25;
/** A line that is shorter than this part of the longest one ends on purpose. */
const FULL_LINE = 0.7;
/** Beginnings that a hyphen often follows. */
const PREFIXES = new Set(
  "all anti co cross e ex free full half high home in low long micro mid mini multi non off on one out over part post pre re self semi short single sub ten third three two up well".split(
    " ",
  ),
);
/** Scripts that put no space between words. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}、。，！？]/u;

/** Joins the wrapped lines of a paragraph. `words` are the words of the document. */
export function joinLines(lines: readonly string[], words: ReadonlySet<string>): string {
  const longest = Math.max(0, ...lines.map(({ length }) => length));
  let joined = "";
  let previous = "";
  for (const line of lines) {
    const isWrapped =
      longest >= SHORT_LINES &&
      previous.length >= longest * FULL_LINE &&
      !/[.!?:]$/.test(previous) &&
      !OWN_LINE.test(line);
    if (previous === "") joined = line;
    else if (/\p{L}[-\u00AD\u2010]$/u.test(previous) && /^\p{Ll}/u.test(line))
      joined = joinHyphen(joined, line, words);
    else joined += `${isWrapped ? chooseSpace(previous, line) : "\n"}${line}`;
    previous = line;
  }
  return joined;
}

/** The hyphen stays where the document, or the first half, shows that it belongs to the word: "third-" and "party". */
function joinHyphen(before: string, line: string, words: ReadonlySet<string>): string {
  const [first = ""] = /[\p{L}\p{M}]+(?=[-\u00AD\u2010]$)/u.exec(before) ?? [];
  const [second = ""] = /^[\p{L}\p{M}]+/u.exec(line) ?? [];
  const [half, whole] = [first.toLowerCase(), `${first}${second}`.toLowerCase()];
  const isOneWord =
    words.has(whole) || (!words.has(`${half}-${second.toLowerCase()}`) && !PREFIXES.has(half));
  return isOneWord ? before.slice(0, -1) + line : before + line;
}

function chooseSpace(previous: string, line: string): string {
  return UNSPACED.test(previous.slice(-1)) && UNSPACED.test(line.slice(0, 1)) ? "" : " ";
}
