import { foldText, splitSentences } from "../plain-words.ts";
import { english } from "./languages/english.ts";
import { french } from "./languages/french.ts";
import { german } from "./languages/german.ts";
import { italian } from "./languages/italian.ts";
import { portuguese } from "./languages/portuguese.ts";
import { spanish } from "./languages/spanish.ts";
import { matchSentence } from "./match-rules.ts";
import { matchOtherScripts } from "./other-scripts.ts";
import { type CompiledLanguage, compileLanguage, type Finding } from "./rule-language.ts";

/** The rules are compiled once per process, in milliseconds. */
const LANGUAGES = [english, spanish, german, french, portuguese, italian].map(compileLanguage);

/** Whether a text, in any words, asks for no more messages. The strongest finding of its sentences counts. */
export function findWish(text: string): Finding | null {
  const folded = foldText(text);
  const findings = splitSentences(folded).flatMap((words) =>
    chooseLanguages(words).map((language) => matchSentence(language, words)),
  );
  findings.push(matchOtherScripts(folded.replace(/\s+/gu, " ")));
  if (findings.includes("stop")) return "stop";
  return findings.includes("ask") ? "ask" : null;
}

/** "stop" and "messages" are words of several languages, which do not know each other's "how can I". */
function chooseLanguages(words: readonly string[]): CompiledLanguage[] {
  const known = LANGUAGES.map(({ vocabulary }) => words.filter((word) => vocabulary.has(word)).length);
  const most = Math.max(...known);
  return most === 0 ? [] : LANGUAGES.filter((_, i) => known[i] === most);
}
