import { COMMA } from "../plain-words.ts";
import type { CompiledLanguage, CompiledRule, Finding } from "./rule-language.ts";

/** The most words that `*` replaces. */
const LONGEST_GAP = 4;

/** For each class the positions where one of its words begins, with the positions where it ends. */
type Hits = ReadonlyMap<string, ReadonlyMap<number, readonly number[]>>;

interface Sentence {
  words: readonly string[];
  hits: Hits;
}

/** What the rules of a language find in the words of one sentence. */
export function matchSentence(language: CompiledLanguage, words: readonly string[]): Finding | null {
  if (!words.some((word) => language.triggers.has(word))) return null;
  const sentence = { words, hits: findHits(language, words) };
  let best: Finding | null = null;
  for (const rule of language.rules) {
    const finding = matchRule(rule, sentence);
    if (finding === "stop") return finding;
    best ??= finding;
  }
  return best;
}

function findHits({ index, fillers }: CompiledLanguage, words: readonly string[]): Hits {
  const hits = new Map<string, Map<number, number[]>>();
  for (const [at, word] of words.entries())
    for (const entry of index.get(word) ?? []) {
      const end = findEnd(entry.words, at, { words, fillers });
      if (end === null) continue;
      const ofClass = hits.get(entry.name) ?? new Map<number, number[]>();
      ofClass.set(at, [...(ofClass.get(at) ?? []), end]);
      hits.set(entry.name, ofClass);
    }
  return hits;
}

/** The position after the words of an alternative. A filler may be between them: "hör bitte auf". */
function findEnd(
  alternative: readonly string[],
  start: number,
  { words, fillers }: { words: readonly string[]; fillers: ReadonlySet<string> },
): number | null {
  let at = start;
  for (const word of alternative) {
    while (at > start && words[at] !== word && fillers.has(words[at] ?? "")) at += 1;
    if (words[at] !== word) return null;
    at += 1;
  }
  return at;
}

function matchRule(rule: CompiledRule, sentence: Sentence): Finding | null {
  const [first = ""] = rule.parts;
  const starts = first === "^" ? [0] : [...(sentence.hits.get(first)?.keys() ?? [])];
  let best: Finding | null = null;
  for (const start of starts)
    for (const end of findEnds(rule.parts, start, sentence)) {
      const finding = weighContext(rule, { start, end }, sentence);
      if (finding === "stop") return finding;
      best ??= finding;
    }
  return best;
}

/** The positions after the words of the rule's parts, where the rule begins at `at`. */
function findEnds(parts: readonly string[], at: number, sentence: Sentence): number[] {
  const [part, ...rest] = parts;
  if (part === undefined) return [at];
  if (part === "^") return listPlaces(0, sentence).flatMap((place) => findEnds(rest, place, sentence));
  if (part === ".") return listPlaces(at, sentence).includes(sentence.words.length) ? [at] : [];
  if (part === "$") return listPlaces(at, sentence).some((place) => endsClause(place, sentence)) ? [at] : [];
  if (part === "*") {
    const gaps = Array.from({ length: LONGEST_GAP + 1 }, (_, gap) => at + gap);
    return gaps.filter((to) => to <= sentence.words.length).flatMap((to) => findEnds(rest, to, sentence));
  }
  const ends = listPlaces(at, sentence).flatMap((place) => sentence.hits.get(part)?.get(place) ?? []);
  return ends.flatMap((end) => findEnds(rest, end, sentence));
}

/** This position, and those after the fillers that follow. A rule does not continue after a comma: "do not call, write to me". */
function listPlaces(at: number, { words, hits }: Sentence): number[] {
  const places = [at];
  for (const place of places) {
    const ends = words[place] === COMMA && at === 0 ? [place + 1] : (hits.get("FILLER")?.get(place) ?? []);
    for (const end of ends) if (!places.includes(end)) places.push(end);
  }
  return places;
}

function endsClause(at: number, { words }: Sentence): boolean {
  return at === words.length || words[at] === COMMA;
}

/** The words around the match decide whether the contact asks for it, asks about it, or only mentions it. */
function weighContext(
  { finding, parts }: CompiledRule,
  { start, end }: { start: number; end: number },
  { hits, words }: Sentence,
): Finding | null {
  const isStatement = parts[0] === "NOT" && endsAt(hits, "SUBJECT", start);
  const clause = words.lastIndexOf(COMMA, start - 1) + 1;
  const leads = (name: string) =>
    listHits(hits, name).filter((hit) => hit.start >= clause && hit.end <= start);
  const asks = leads("QUESTION");
  const isBlocked = leads("BLOCKER").some(
    (hit) => !asks.some((ask) => hit.start >= ask.start && hit.end <= ask.end),
  );
  const comma = words.indexOf(COMMA, end);
  const clauseEnd = comma < 0 ? words.length : comma;
  const isBetween = (name: string, from: number) =>
    listHits(hits, name).some((hit) => hit.start >= from && hit.start < clauseEnd);
  if (isStatement || isBlocked || isBetween("OTHER", clause)) return null;
  if (asks.length > 0) return "ask";
  const isLimited = isBetween("LIMIT", end);
  if (!isLimited) return finding;
  return finding === "stop" ? "ask" : null;
}

function endsAt(hits: Hits, name: string, position: number): boolean {
  return listHits(hits, name).some(({ end }) => end === position);
}

function listHits(hits: Hits, name: string): { start: number; end: number }[] {
  const ofClass = hits.get(name) ?? new Map<number, readonly number[]>();
  return [...ofClass].flatMap(([start, ends]) => ends.map((end) => ({ start, end })));
}
