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
/** Runs that may hide a text: longer than a word, with a limit for speed. */
const BASE64_RUN = /[A-Za-z0-9+/_-]{12,8000}={0,2}/g;
const HEX_RUN = /[0-9a-f]{16,8000}/gi;
/** Separators of hex pairs: `72 65`, `72:65`, `0x72, 0x65`, `\x72`, `%72`. */
const HEX_BETWEEN = /0x|[^\p{L}\p{N}]+x?/giu;

/**
 * A text as letters and digits only: as it is, and decoded from each disguise. Spaces, punctuation and invisible characters are
 * removed, so that "r e f" and "r.e.f" are equal.
 */
export function undoDisguises(text: string): string[] {
  const encoded = [...decodeBase64Runs(text), ...decodeShiftedBase64(text), ...decodeHexRuns(text)];
  const decoded = [text, encoded.join(""), ...encoded].map(normalizeLetters);
  return [...new Set([...decoded, ...decoded.map(reverse), ...decoded.map(rot13)])];
}

/** The form in which texts are compared: letters and digits without accents, look-alikes replaced. */
export function normalizeLetters(text: string): string {
  const plain = text.normalize("NFKC").toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
  return plain
    .replace(/[^\p{L}\p{N}]/gu, "")
    .replace(/[^a-z0-9]/gu, (letter) => LOOK_ALIKES[letter] ?? letter);
}

function decodeBase64Runs(text: string): string[] {
  return (text.match(BASE64_RUN) ?? []).map((run) => Buffer.from(run, "base64").toString("utf8"));
}

/** Spaces, line breaks and an earlier word shift the groups of four, so all runs together are decoded at each offset. */
function decodeShiftedBase64(text: string): string[] {
  const compact = text.replace(/[^A-Za-z0-9+/_-]/g, "");
  return [0, 1, 2, 3].map((shift) => Buffer.from(compact.slice(shift), "base64").toString("utf8"));
}

/** Letters before the hex may be hex digits too and shift the pairs by one. */
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
