/** Cyrillic, Greek and Armenian letters that look like Latin ones. */
const LOOK_ALIKES: Readonly<Record<string, string>> = Object.freeze({
  а: "a",
  в: "b",
  е: "e",
  к: "k",
  м: "m",
  н: "h",
  о: "o",
  р: "p",
  с: "c",
  т: "t",
  у: "y",
  х: "x",
  і: "i",
  ј: "j",
  ѕ: "s",
  ԁ: "d",
  һ: "h",
  ӏ: "l",
  ԛ: "q",
  ԝ: "w",
  ү: "y",
  ɡ: "g",
  α: "a",
  β: "b",
  ε: "e",
  η: "n",
  ι: "i",
  κ: "k",
  ν: "v",
  ο: "o",
  ρ: "p",
  τ: "t",
  υ: "u",
  χ: "x",
  ո: "n",
  ս: "u",
  օ: "o",
  ց: "g",
  ł: "l",
  ı: "i",
});
/** Runs that can hide a text: long enough to be no word, and bounded. */
const BASE64_RUN = /[A-Za-z0-9+/_-]{12,8000}={0,2}/g;
const HEX_RUN = /[0-9a-f]{16,8000}/gi;
/** How hex pairs are set apart: `72 65`, `72:65`, `0x72, 0x65`, `\x72`, `%72`. */
const HEX_BETWEEN = /0x|[^\p{L}\p{N}]+x?/giu;

/**
 * A text as letters and digits alone, plain and undone from each disguise. Spaces, punctuation and invisible characters fall
 * away in all of them, so "r e f" and "r.e.f" look alike.
 */
export function undoDisguises(text: string): string[] {
  const encoded = [...decodeBase64Runs(text), ...decodeShiftedBase64(text), ...decodeHexRuns(text)];
  const decoded = [text, encoded.join(""), ...encoded].map(normalizeLetters);
  return [...new Set([...decoded, ...decoded.map(reverse), ...decoded.map(rot13)])];
}

/** What is compared, on both sides: no accents, no look-alikes, nothing but letters and digits. */
export function normalizeLetters(text: string): string {
  const plain = text.normalize("NFKC").toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
  return plain
    .replace(/[^\p{L}\p{N}]/gu, "")
    .replace(/[^a-z0-9]/gu, (letter) => LOOK_ALIKES[letter] ?? letter);
}

function decodeBase64Runs(text: string): string[] {
  return (text.match(BASE64_RUN) ?? []).map((run) => Buffer.from(run, "base64").toString("utf8"));
}

/** Spaces, line breaks and a word before it shift base64's groups of four: all runs as one, from each place a group can begin. */
function decodeShiftedBase64(text: string): string[] {
  const compact = text.replace(/[^A-Za-z0-9+/_-]/g, "");
  return [0, 1, 2, 3].map((shift) => Buffer.from(compact.slice(shift), "base64").toString("utf8"));
}

/** The letters before hex may be hex digits too, and shift its pairs by one. */
function decodeHexRuns(text: string): string[] {
  const runs = text.replace(HEX_BETWEEN, "").match(HEX_RUN) ?? [];
  return runs.flatMap((run) =>
    [run, run.slice(1)].map((digits) => Buffer.from(digits, "hex").toString("utf8")),
  );
}

function reverse(text: string): string {
  return Array.from(text).toReversed().join("");
}

function rot13(text: string): string {
  return text.replace(/[a-z]/g, (letter) =>
    String.fromCharCode(((letter.charCodeAt(0) - 97 + 13) % 26) + 97),
  );
}
