export interface CountedWord {
  word: string;
  /** The tenant's chunks with the word. */
  chunks: number;
}

/** Of the common words so many are combined. */
const COMBINED = 4;

/**
 * Sets of words in the order in which their chunks are worth ranking, for a question that matches more chunks than are ranked. A chunk
 * belongs to a set if it has all of its words. First each rare word, as long as their chunks fit. A common word says little, so a chunk
 * with two or three of them comes before one with a single one. `counted` begins with the rarest word.
 */
export function chooseWordSets(counted: readonly CountedWord[], maxChunks: number): string[][] {
  let sum = 0;
  const firstCommon = counted.findIndex(({ chunks }) => (sum += chunks) > maxChunks);
  const words = counted.map(({ word }) => word);
  const rare = firstCommon === -1 ? words : words.slice(0, firstCommon);
  const common = words.slice(rare.length);
  return [
    ...rare.map((word) => [word]),
    ...combine(common.slice(0, COMBINED)).filter((set) => set.length > 1),
    ...common.map((word) => [word]),
  ];
}

/** All sets of these words, the largest first, and of those of one size the ones with the first words. */
function combine(words: readonly string[]): string[][] {
  let all: string[][] = [[]];
  for (const word of words) all = all.concat(all.map((set) => set.concat(word)));
  const places = new Map(words.map((word, place) => [word, place]));
  const sumPlaces = (set: readonly string[]) => set.reduce((sum, word) => sum + (places.get(word) ?? 0), 0);
  return all.toSorted((a, b) => b.length - a.length || sumPlaces(a) - sumPlaces(b));
}
