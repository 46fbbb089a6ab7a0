import { type ReadSentence, readSentence } from "./read-sentence.ts";
import type { CompiledLanguage, CompiledRule, Finding } from "./rule-language.ts";

/*
 * A rule is matched from all of its beginnings at once: each of its parts leads from a set of positions to the next set. From one position at
 * a time, a message of 1,000 characters that repeats a filler would take seconds, and no other webhook would be answered in that time.
 */

/** Positions between the words of a sentence. */
type Places = ReadonlySet<number>;

/** The most words that `*` replaces. */
const LONGEST_GAP = 4;

/** What the rules of a language find in the words of one sentence. */
export function matchSentence(language: CompiledLanguage, words: readonly string[]): Finding | null {
  if (!words.some((word) => language.triggers.has(word))) return null;
  const sentence = readSentence(language, words);
  let best: Finding | null = null;
  for (const rule of language.rules) {
    const finding = matchRule(rule, sentence);
    if (finding === "stop") return finding;
    best ??= finding;
  }
  return best;
}

function matchRule(rule: CompiledRule, sentence: ReadSentence): Finding | null {
  const { clauseStarts } = sentence;
  const clauses = Map.groupBy(listStarts(rule.parts, sentence), (start) => clauseStarts[start]);
  const findings = new Set([...clauses.values()].map((starts) => weighClause(rule, starts, sentence)));
  if (findings.has("stop")) return "stop";
  return findings.has("ask") ? "ask" : null;
}

/**
 * The words around the match decide whether the contact asks for it, asks about it, or only mentions it. All of `starts` are in one clause.
 */
function weighClause(
  { finding, parts }: CompiledRule,
  starts: readonly number[],
  sentence: ReadSentence,
): Finding | null {
  const { leads, isLimited, clauseStarts, clauseEnds, nextOthers } = sentence;
  const other = nextOthers[clauseStarts[starts[0] ?? 0] ?? 0] ?? Infinity;
  const findEndsOf = (lead: "none" | "question") =>
    [
      ...findEnds(
        parts,
        starts.filter((start) => leads[start] === lead),
        sentence,
      ),
    ].filter((end) => other >= (clauseEnds[end] ?? 0));
  const ends = findEndsOf("none");
  if (ends.some((end) => isLimited[end] !== true)) return finding;
  if (ends.length > 0 && finding === "stop") return "ask";
  return findEndsOf("question").length > 0 ? "ask" : null;
}

function listStarts([first = ""]: readonly string[], { hits, subjectEnds }: ReadSentence): number[] {
  if (first === "^") return [0];
  const starts = [...(hits.get(first)?.keys() ?? [])];
  return first === "NOT" ? starts.filter((start) => !subjectEnds.has(start)) : starts;
}

/** The positions after the words of the rule's parts, where the rule begins at one of `starts`. */
function findEnds(parts: readonly string[], starts: readonly number[], sentence: ReadSentence): Places {
  let places: Places = new Set(starts);
  for (const part of parts) places = passPart(part, places, sentence);
  return places;
}

function passPart(part: string, places: Places, sentence: ReadSentence): Places {
  const { hits, reachesEnd, reachesClauseEnd } = sentence;
  if (part === "^") return addFillers(places, sentence);
  if (part === ".") return new Set([...places].filter((place) => reachesEnd[place]));
  if (part === "$") return new Set([...places].filter((place) => reachesClauseEnd[place]));
  if (part === "*") return addGaps(places, sentence);
  const ends = hits.get(part);
  return new Set([...addFillers(places, sentence)].flatMap((place) => ends?.get(place) ?? []));
}

/** These positions, and those after the fillers that follow. A rule does not continue after a comma: "do not call, write to me". */
function addFillers(places: Places, { fillerEnds, leadingPlaces }: ReadSentence): Places {
  const all = new Set(places.has(0) ? [...places, ...leadingPlaces] : places);
  // Positions that are added here are visited too.
  for (const place of all) for (const end of fillerEnds[place] ?? []) all.add(end);
  return all;
}

function addGaps(places: Places, { words }: ReadSentence): Places {
  const all = new Set<number>();
  for (const place of places)
    for (let to = place; to <= Math.min(place + LONGEST_GAP, words.length); to += 1) all.add(to);
  return all;
}
