import { COMMA } from "../plain-words.ts";
import type { CompiledLanguage } from "./rule-language.ts";

/** For each class the positions where one of its words begins, with the positions where it ends. */
type Hits = ReadonlyMap<string, ReadonlyMap<number, readonly number[]>>;

/** The words before a position in its clause decide what a rule does there. `blocker`: no rule begins there. `question`: a rule that begins there is asked about. */
type Lead = "none" | "question" | "blocker";

/** A sentence with all that rules ask about its positions. Each is computed once, and not once for each rule. */
export interface ReadSentence {
  words: readonly string[];
  hits: Hits;
  /** By position: the positions after a filler that begins there. */
  fillerEnds: readonly (readonly number[])[];
  /** The positions after the commas and fillers that begin the sentence. */
  leadingPlaces: ReadonlySet<number>;
  /** By position: whether only fillers follow, up to the end of the sentence or of a clause. */
  reachesEnd: readonly boolean[];
  reachesClauseEnd: readonly boolean[];
  /** By position: whether a limit follows in the clause. */
  isLimited: readonly boolean[];
  leads: readonly Lead[];
  /** By position: the beginning and the end of its clause. */
  clauseStarts: readonly number[];
  clauseEnds: readonly number[];
  /** By position: where the next words begin that say that the clause is about something else; Infinity for none. */
  nextOthers: readonly number[];
  subjectEnds: ReadonlySet<number>;
}

interface Hit {
  start: number;
  end: number;
}

export function readSentence(language: CompiledLanguage, words: readonly string[]): ReadSentence {
  const hits = findHits(language, words);
  const [fillers, limits, others] = [hits.get("FILLER"), hits.get("LIMIT"), hits.get("OTHER")];
  const fillerEnds = words.map((_, at) => fillers?.get(at) ?? []);
  const fill = <T>(end: T, read: (at: number, later: readonly T[]) => T) =>
    fillBackwards(words.length, { end, read });
  const reaches = (isEnd: (at: number) => boolean) =>
    fill(true, (at, later) => isEnd(at) || (fillerEnds[at] ?? []).some((end) => later[end]));
  const clauseStarts = listClauseStarts(words);
  return {
    words,
    hits,
    fillerEnds,
    leadingPlaces: findLeadingPlaces(words, fillerEnds),
    reachesEnd: reaches(() => false),
    reachesClauseEnd: reaches((at) => words[at] === COMMA),
    isLimited: fill(
      false,
      (at, later) => words[at] !== COMMA && (limits?.has(at) === true || later[at + 1] === true),
    ),
    leads: readLeads(clauseStarts, hits),
    clauseStarts,
    clauseEnds: fill(words.length, (at, later) => (words[at] === COMMA ? at : (later[at + 1] ?? at))),
    nextOthers: fill(Infinity, (at, later) => (others?.has(at) === true ? at : (later[at + 1] ?? Infinity))),
    subjectEnds: new Set(listHits(hits, "SUBJECT").map(({ end }) => end)),
  };
}

/** A value for each position, from the last one to the first. `read` may use the values of later positions; `end` is the last of them. */
function fillBackwards<T>(
  last: number,
  { end, read }: { end: T; read: (at: number, later: readonly T[]) => T },
): T[] {
  const values = Array.from<T>({ length: last + 1 }).fill(end);
  for (let at = last - 1; at >= 0; at -= 1) values[at] = read(at, values);
  return values;
}

function listClauseStarts(words: readonly string[]): number[] {
  let start = 0;
  return [...words, ""].map((_, at) => (at > 0 && words[at - 1] === COMMA ? (start = at) : start));
}

function findLeadingPlaces(
  words: readonly string[],
  fillerEnds: readonly (readonly number[])[],
): ReadonlySet<number> {
  const places = new Set([0]);
  // Positions that are added here are visited too.
  for (const place of places)
    for (const end of words[place] === COMMA ? [place + 1] : (fillerEnds[place] ?? [])) places.add(end);
  return places;
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

/** A blocker that is a word of a question, as in "how do I", blocks nothing after the question. */
function readLeads(clauseStarts: readonly number[], hits: Hits): Lead[] {
  const questions = listHits(hits, "QUESTION");
  const blockers = listHits(hits, "BLOCKER").map((hit) => ({
    ...hit,
    until: findQuestionEnd(questions, hit),
  }));
  return clauseStarts.map((clause, at) => {
    const isBefore = (hit: Hit) => hit.start >= clause && hit.end <= at;
    if (blockers.some((hit) => isBefore(hit) && at < hit.until)) return "blocker";
    return questions.some(isBefore) ? "question" : "none";
  });
}

/** The end of the first question that ends around these words. */
function findQuestionEnd(questions: readonly Hit[], { start, end }: Hit): number {
  const around = questions.filter((question) => question.start <= start && end <= question.end);
  return Math.min(...around.map((question) => question.end));
}

function listHits(hits: Hits, name: string): Hit[] {
  const ofClass = hits.get(name) ?? new Map<number, readonly number[]>();
  return [...ofClass].flatMap(([start, ends]) => ends.map((end) => ({ start, end })));
}
