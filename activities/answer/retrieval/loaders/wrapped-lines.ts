/** A line that is at least this long may be wrapped; a shorter line ends on purpose. */
const NEAR_THE_MARGIN = 60;
/** A list item, or an indented line. */
const OWN_LINE = /^(?:[\s\-*•–]|\d+[.)]\s)/;

/**
 * Joins wrapped lines into whole sentences. A line that ends with its sentence is not joined, because a heading may follow. A hyphen at
 * the end of a line stays, without a space: "third-" and "party" become "third-party".
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
