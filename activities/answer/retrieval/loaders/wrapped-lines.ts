/** Editors and typesetters wrap lines far to the right; a line that ends earlier was meant to end. */
const NEAR_THE_MARGIN = 60;
/** A list item, or a line set in. */
const OWN_LINE = /^(?:[\s\-*•–]|\d+[.)]\s)/;

/**
 * Joins lines that only the margin broke, so that a sentence is whole again. A line that ends with its sentence is left alone: what
 * follows may be a heading. A hyphen at a line's end stays, without a space: "third-" and "party" are "third-party".
 */
export function joinWrappedLines(text: string): string {
  let joined = "";
  let previous = "";
  for (const line of text.split("\n").map((raw) => raw.trimEnd())) {
    const wrapped = previous.length >= NEAR_THE_MARGIN && !/[.!?:]$/.test(previous) && !OWN_LINE.test(line);
    const space = /\p{L}-$/u.test(previous) && /^\p{Ll}/u.test(line) ? "" : " ";
    joined += (wrapped ? space : "\n") + line;
    previous = line;
  }
  return joined.slice(1);
}
