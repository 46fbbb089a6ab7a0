import { BANNED_WORDS, type BannedWord, FREE_TEXTS } from "./banned-words.ts";
import type { Passage } from "./read-words.ts";

export interface WordFinding extends Passage {
  word: string;
  use: string;
}

const RULES = BANNED_WORDS.map((word) => ({ word, pattern: compileWord(word.pattern) }));

export function findBannedWords(passages: readonly Passage[]): WordFinding[] {
  const checked = passages.filter(({ place, path }) => !(place === "messages" && isFreeText(path)));
  return checked.flatMap((passage) => RULES.flatMap((rule) => applyRule(rule, passage)));
}

function isFreeText(path: string): boolean {
  return FREE_TEXTS.some((free) => free.path.test(path));
}

function applyRule(
  { word, pattern }: { word: BannedWord; pattern: RegExp },
  passage: Passage,
): WordFinding[] {
  if (!word.in.includes(passage.place) || isExempt(word, passage.path)) return [];
  const text = removePhrases(word, passage.text);
  return [...text.matchAll(pattern)].map(([found]) => ({ ...passage, word: found, use: word.use }));
}

function isExempt({ except = [] }: BannedWord, path: string): boolean {
  return except.some((exception) => exception.phrase === undefined && exception.path?.test(path));
}

function removePhrases({ except = [] }: BannedWord, text: string): string {
  return except.reduce(
    (rest, { phrase }) => (phrase === undefined ? rest : rest.replaceAll(compileWord(phrase), " ")),
    text,
  );
}

function compileWord(pattern: string): RegExp {
  return new RegExp(`(?<![\\w-])(?:${pattern})(?![\\w-])`, "gi");
}
