/*
 * Words in the form in which they are compared: lower case, without accents, quotation marks and invisible characters.
 */

/** Accents of these scripts do not change the word. In others, such as Devanagari and Thai, the marks are vowels. */
const ACCENTS = /(?<=[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]\p{M}*)\p{M}/gu;
/** Short vowels and the lengthening sign of Arabic, and characters without a width. */
const INVISIBLE = /[\u0640\u064B-\u065F\u0670\p{Cf}\uFE0F]/gu;
/** Arabic and Persian write the same word with different forms of these letters. */
const SAME_LETTERS: readonly (readonly [RegExp, string])[] = [
  [/ß/g, "ss"],
  [/[أإآ]/g, "ا"],
  [/ى/g, "ي"],
  [/ة/g, "ه"],
];

/** The text in comparable form, with its punctuation. "don't" becomes "dont"; another apostrophe separates two words. */
export function foldText(text: string): string {
  const folded = /^[\u0020-\u007E\n]*$/u.test(text) ? text.toLowerCase() : foldLetters(text);
  return folded.replace(/n['’`´]t(?!\p{L})/gu, "nt").replace(/[’`´]/g, "'");
}

function foldLetters(text: string): string {
  let folded = text.normalize("NFKC").replace(INVISIBLE, "").toLowerCase();
  folded = folded.normalize("NFD").replace(ACCENTS, "").normalize("NFC");
  for (const [letter, same] of SAME_LETTERS) folded = folded.replace(letter, same);
  return folded;
}

/** The words of a folded text. */
export function splitWords(folded: string): string[] {
  return folded.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}

export const COMMA = ",";

/** The sentences of a folded text as words. A comma, a colon or a dash in between is the word ",". */
export function splitSentences(folded: string): string[][] {
  return folded
    .split(/[.!?…。！？｡؟।\n]+/u)
    .map((sentence) => sentence.match(/[\p{L}\p{M}\p{N}]+|[,;:，、،]|\s[-–—]+\s/gu) ?? [])
    .map((words) => words.map((word) => (/^[\p{L}\p{M}\p{N}]/u.test(word) ? word : COMMA)))
    .filter((words) => words.some((word) => word !== COMMA));
}

/** "S.T.O.P", "t d" and "S-T-O-P" are one word. */
export function joinLetters(folded: string): string {
  const text = folded.trim();
  return /^\p{L}([.\-*_ ]+\p{L})+[^\p{L}]*$/u.test(text) ? text.replace(/[^\p{L}]/gu, "") : text;
}

/** A word with one letter for each row of the same letter: "stooopp" and "stop" have the same. */
export function squeezeLetters(word: string): string {
  return word.replace(/(\p{L})\1+/gu, "$1");
}
