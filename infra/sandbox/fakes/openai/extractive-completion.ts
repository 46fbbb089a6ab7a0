import { parsePassages, type Passage } from "./passages.ts";
import { contentStems } from "./words.ts";

interface Candidate {
  passage: Passage;
  position: number;
  /** Share of the question's weight that the sentence covers. */
  score: number;
  /** Number of the question's words in the sentence. */
  shared: number;
}

/** A sentence is quoted if it covers this share of the question or contains so many of its words. Less is chance. */
const GOOD_OVERLAP = { score: 0.3, shared: 3 };
/** A second sentence is quoted if its score is at least this share of the first one's. */
const NEARLY = 0.6;
/** A word in the title of a passage counts for each of its sentences, but less than a word in the sentence. */
const TITLE_SHARE = 0.5;
const PLACEHOLDER = /\[\[[A-Z][A-Z_]*_\d+\]\]/g;

/** One or two sentences of the passages that match the question best, or a text that says that there are none. */
export function composeCompletion(documents: string, question: string): string {
  const asked = question.replace(PLACEHOLDER, " ");
  return quotePassages(parsePassages(documents), asked) + repeatPlaceholders(question);
}

function quotePassages(passages: Passage[], question: string): string {
  const [best, ...others] = rank(passages, new Set(contentStems(question)));
  if (best === undefined || !isGood(best)) return "I could not find that in our documents. (Fake answer.)";
  const second = others.find((other) => other.passage === best.passage && other.score >= best.score * NEARLY);
  const quoted = [best, ...(second === undefined ? [] : [second])]
    .toSorted((a, b) => a.position - b.position)
    .map(({ passage, position }) => passage.sentences[position]);
  return `${quoted.join(" ")} (Fake answer quoted from "${best.passage.title}".)`;
}

function isGood({ score, shared }: Candidate): boolean {
  return score >= GOOD_OVERLAP.score || shared >= GOOD_OVERLAP.shared;
}

/** Every sentence with the share of the question's weight that it covers, best first. */
function rank(passages: Passage[], question: ReadonlySet<string>): Candidate[] {
  const sentences = passages.flatMap((passage) =>
    passage.sentences.map((sentence, position) => ({
      passage,
      position,
      words: new Set(contentStems(sentence)),
    })),
  );
  const weights = new Map(
    [...question].map((word) => {
      const matches = sentences.filter(({ words }) => words.has(word)).length;
      return [word, Math.log(1 + (sentences.length + 1) / (matches + 0.5))] as const;
    }),
  );
  const total = sum(weights.values());
  return sentences
    .map(({ passage, position, words }) => {
      const title = new Set(contentStems(passage.title));
      const shares = Array.from(weights, ([word, weight]) =>
        words.has(word) ? weight : title.has(word) ? weight * TITLE_SHARE : 0,
      );
      return {
        passage,
        position,
        score: total === 0 ? 0 : sum(shares) / total,
        shared: shares.filter((share) => share > 0).length,
      };
    })
    .toSorted((a, b) => b.score - a.score);
}

/** Repeats the placeholders of private details, so that a test can see that they are replaced again. */
function repeatPlaceholders(question: string): string {
  const placeholders = new Set(question.match(PLACEHOLDER));
  return placeholders.size === 0 ? "" : ` Noted: ${[...placeholders].join(", ")}.`;
}

function sum(numbers: Iterable<number>): number {
  return Array.from(numbers).reduce((total, number) => total + number, 0);
}
