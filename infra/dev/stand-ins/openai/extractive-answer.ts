import { stems } from "./text-features.ts";

interface Passage {
  title: string;
  text: string;
}

/** Share of the question's weight that a sentence must cover to count as an answer. */
const FLOOR = 0.25;

/**
 * The stand-in's answer: the sentence or two of the quoted passages that share most with the question, and the word that it comes
 * from a stand-in. It makes nothing up, so what it says can be checked against the documents.
 */
export function extractiveAnswer(instructions: string, question: string): string {
  const placeholders = [...new Set(question.match(/\[\[[A-Z_]+_\d+\]\]/g) ?? [])];
  const noted = placeholders.length === 0 ? "" : ` Noted: ${placeholders.join(", ")}.`;
  const passages = passagesIn(instructions);
  const best = bestSentences(passages, question);
  if (best === null) return `I could not find that in our documents.${noted} (Stand-in answer.)`;
  return `${best.text}${noted} (Stand-in answer, quoted from "${best.title}".)`;
}

function passagesIn(instructions: string): Passage[] {
  const blocks = instructions.matchAll(/<passage id="[^"]*" title="([^"]*)">\n([\s\S]*?)\n<\/passage>/g);
  return [...blocks].map(([, title = "", text = ""]) => ({ title: title.replaceAll("&quot;", '"').replaceAll("&amp;", "&"), text }));
}

function bestSentences(passages: Passage[], question: string): Passage | null {
  const sentences = passages.flatMap(({ title, text }) => sentencesOf(text).map((sentence) => ({ title, sentence, words: new Set(stems(sentence)) })));
  const wanted = [...new Set(stems(question))];
  const rarity = (word: string) => Math.log(1 + sentences.length / (1 + sentences.filter(({ words }) => words.has(word)).length));
  const total = wanted.reduce((sum, word) => sum + rarity(word), 0);
  const scored = sentences.map(({ title, sentence, words }) => {
    const titleWords = new Set(stems(title));
    const score = wanted.reduce((sum, word) => sum + (words.has(word) ? rarity(word) : titleWords.has(word) ? rarity(word) / 2 : 0), 0);
    return { title, sentence, score };
  });
  const [first, second] = scored.toSorted((a, b) => b.score - a.score);
  if (first === undefined || total === 0 || first.score / total < FLOOR) return null;
  const both = second !== undefined && second.title === first.title && second.score > first.score * 0.8;
  return { title: first.title, text: both ? `${first.sentence} ${second.sentence}` : first.sentence };
}

/** List items and table rows count as sentences. */
function sentencesOf(text: string): string[] {
  return text
    .split(/\n+|(?<=[.!?])\s+(?=[\p{Lu}\d"])/gu)
    .map((sentence) => sentence.replace(/^[-*|#\s]+|[|\s]+$/g, "").trim())
    .filter((sentence) => sentence.length > 2);
}
