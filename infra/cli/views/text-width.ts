const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
/** Characters that take two columns of a terminal: emoji, and the scripts of China, Japan and Korea. */
const WIDE =
  /\p{Emoji_Presentation}|\uFE0F|[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]/u;

/** The columns of a terminal that the text takes. It has no escape sequences. */
export function measureText(text: string): number {
  return splitCharacters(text).reduce((sum, { width }) => sum + width, 0);
}

/** The text in at most this many columns; an ellipsis shows that its end is missing. */
export function shortenText(text: string, columns: number): string {
  if (measureText(text) <= columns) return text;
  let used = 1;
  let kept = "";
  for (const { character, width } of splitCharacters(text)) {
    used += width;
    if (used > columns) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}

/** Lines of at most this many columns, with breaks at spaces. A longer word is broken. */
export function wrapText(text: string, columns: number): string[] {
  const lines = [""];
  for (const word of text.split(" ").flatMap((part) => breakWord(part, columns))) {
    const last = lines.at(-1) ?? "";
    const joined = last === "" ? word : `${last} ${word}`;
    if (measureText(joined) <= columns) lines[lines.length - 1] = joined;
    else lines.push(word);
  }
  return lines;
}

export function padText(text: string, columns: number): string {
  return text + " ".repeat(Math.max(columns - measureText(text), 0));
}

function breakWord(word: string, columns: number): string[] {
  const pieces = [""];
  let used = 0;
  for (const { character, width } of splitCharacters(word)) {
    if (used + width > columns) {
      pieces.push("");
      used = 0;
    }
    pieces[pieces.length - 1] += character;
    used += width;
  }
  return pieces;
}

function splitCharacters(text: string): { character: string; width: number }[] {
  return Array.from(graphemes.segment(text), ({ segment }) => ({
    character: segment,
    width: WIDE.test(segment) ? 2 : 1,
  }));
}
