/** Cyrillic and Greek letters that look like Latin ones. */
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
  ɡ: "g",
  α: "a",
  β: "b",
  ε: "e",
  ι: "i",
  κ: "k",
  ν: "v",
  ο: "o",
  ρ: "p",
  τ: "t",
  υ: "u",
  χ: "x",
  ł: "l",
  ı: "i",
});
/** Runs that can hide a text: long enough to be no word, and bounded. */
const BASE64_RUN = /[A-Za-z0-9+/_-]{12,8000}={0,2}/g;
const HEX_RUN = /(?:[0-9a-f]{2}[\s:]?){8,4000}/gi;

/**
 * A text as letters and digits alone, plain and undone from each disguise. Spaces, punctuation and invisible characters fall
 * away in all of them, so "r e f" and "r.e.f" look alike.
 */
export function disguisesOf(text: string): string[] {
  const folded = fold(text);
  const undone = [text, ...decodedRuns(text, BASE64_RUN, "base64"), ...decodedRuns(text, HEX_RUN, "hex")].map(
    fold,
  );
  return [...new Set([folded, ...undone, reversed(folded), rot13(folded), undone.slice(1).join("")])];
}

function fold(text: string): string {
  const plain = text.normalize("NFKC").toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
  return plain
    .replace(/[^\p{L}\p{N}]/gu, "")
    .replace(/[^a-z0-9]/gu, (letter) => LOOK_ALIKES[letter] ?? letter);
}

function decodedRuns(text: string, run: RegExp, encoding: "base64" | "hex"): string[] {
  return [...text.matchAll(run)].map(([found]) =>
    Buffer.from(found.replace(/[\s:]/g, ""), encoding).toString("utf8"),
  );
}

function reversed(text: string): string {
  return Array.from(text).toReversed().join("");
}

function rot13(text: string): string {
  return text.replace(/[a-z]/g, (letter) =>
    String.fromCharCode(((letter.charCodeAt(0) - 97 + 13) % 26) + 97),
  );
}
