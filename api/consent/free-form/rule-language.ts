import { foldText, splitWords } from "../plain-words.ts";

/*
 * The rules of one language. A rule is a row of word classes: "END SEND MESSAGES" is true of "stop sending me those messages".
 *
 *   END      a word of this class
 *   *        up to four words of any kind
 *   ^        the beginning of the sentence
 *   $        the end of the sentence, or a comma
 *   .        the end of the sentence
 *
 * Fillers, such as "please", may be between any two of them. `text{,s,ing}` in a class is text, texts, texting.
 */

export type Finding = "stop" | "ask";

export interface LanguageRules {
  language: string;
  /** Words without a meaning of their own: courtesies, articles, "again". */
  fillers: string;
  /** Word classes. The alternatives are separated by `|`, and each may have several words. */
  classes: Readonly<Record<string, string>>;
  /** The contact wants no more messages. */
  stop: readonly string[];
  /** The contact may want no more messages, so Parley asks. */
  ask: readonly string[];
  /** In front of a rule's words, these make it a report, a condition or the opposite: "he", "if", "do not". */
  blockers: string;
  /** In front of a rule's words, these make it a question about the way: "how do I". */
  questions: string;
  /** Directly in front of a rule that begins with NOT, these make it a statement: "you do not text me". */
  subjects: string;
  /** Anywhere after a rule's words, these limit it: "until", "about", "call me instead". */
  limits: string;
  /** Anywhere in the clause of a rule's words, these say that it is about something else: "waiting list". */
  others: string;
}

interface ClassWord {
  name: string;
  words: readonly string[];
}

export interface CompiledRule {
  finding: Finding;
  parts: readonly string[];
}

export interface CompiledLanguage {
  language: string;
  /** All words of all classes, by their first word. */
  index: ReadonlyMap<string, readonly ClassWord[]>;
  rules: readonly CompiledRule[];
  /** Every word that the language knows. Of several languages the one that knows most words of a sentence reads it. */
  vocabulary: ReadonlySet<string>;
  /** The fillers of one word. */
  fillers: ReadonlySet<string>;
  /** The words that a rule can begin with. A sentence without any of them is not read further. */
  triggers: ReadonlySet<string>;
}

/** Classes that every language has, next to those of its rules. */
const CONTEXT_CLASSES = ["FILLER", "BLOCKER", "QUESTION", "SUBJECT", "LIMIT", "OTHER"] as const;

export function compileLanguage(rules: LanguageRules): CompiledLanguage {
  const { fillers, blockers, questions, subjects, limits, others } = rules;
  const context = {
    FILLER: fillers,
    BLOCKER: blockers,
    QUESTION: questions,
    SUBJECT: subjects,
    LIMIT: limits,
    OTHER: others,
  } satisfies Record<(typeof CONTEXT_CLASSES)[number], string>;
  const index = new Map<string, ClassWord[]>();
  for (const [name, list] of Object.entries({ ...rules.classes, ...context }))
    for (const words of parseAlternatives(list)) {
      const [first = ""] = words;
      index.set(first, [...(index.get(first) ?? []), { name, words }]);
    }
  const compiled = [...compileRules(rules.stop, "stop"), ...compileRules(rules.ask, "ask")];
  const single = parseAlternatives(fillers).filter(({ length }) => length === 1);
  return {
    language: rules.language,
    index,
    rules: compiled,
    vocabulary: new Set([...index.values()].flatMap((entries) => entries.flatMap(({ words }) => words))),
    fillers: new Set(single.flat()),
    triggers: listTriggers(compiled, rules.classes),
  };
}

function listTriggers(rules: readonly CompiledRule[], classes: LanguageRules["classes"]): Set<string> {
  const names = new Set(rules.map(({ parts }) => parts.find((part) => part !== "^") ?? ""));
  const first = [...names].flatMap((name) => parseAlternatives(classes[name] ?? ""));
  return new Set(first.map(([word = ""]) => word));
}

function compileRules(rules: readonly string[], finding: Finding): CompiledRule[] {
  return rules.map((rule) => ({ finding, parts: rule.split(" ") }));
}

/** The alternatives of a class as words, with their braces expanded. */
function parseAlternatives(list: string): string[][] {
  return list
    .split("|")
    .map((alternative) => alternative.trim())
    .filter((alternative) => alternative !== "")
    .flatMap(expandBraces)
    .map((alternative) => splitWords(foldText(alternative)));
}

function expandBraces(text: string): string[] {
  const found = /^(.*?)\{([^}]*)\}(.*)$/u.exec(text);
  if (found === null) return [text];
  const [, before = "", inside = "", after = ""] = found;
  return inside.split(",").flatMap((ending) => expandBraces(`${before}${ending}${after}`));
}
