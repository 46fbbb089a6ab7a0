import { contentStems, stems } from "./words.ts";

/** Found by experiments with the sample questions: words decide, pairs and pieces of words only break ties. */
const WEIGHTS = { word: 1, pair: 0.4, piece: 0.25 };
const PIECES = [3, 4];

/**
 * A vector of length 1 from hashed words, pairs of words and pieces of words. Texts with common words are close to each other, misspelt
 * ones a little less. Meaning has no influence: "car" and "automobile" are not close.
 */
export function hashedEmbedding(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  for (const [feature, weight] of featuresOf(text)) {
    const hash = fnv1a(feature);
    const at = hash % dimensions;
    // The sign comes from another bit of the hash, so that two features in one place can cancel each other.
    const sign = (hash >>> 31) & 1 ? -1 : 1;
    vector[at] = (vector[at] ?? 0) + sign * weight;
  }
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

/** Each feature once; repetition adds a little weight. Never empty: a text without words is a feature itself. */
function featuresOf(text: string): Map<string, number> {
  const features = new Map<string, number>();
  const add = (feature: string, weight: number) =>
    features.set(feature, Math.hypot(features.get(feature) ?? 0, weight));
  const content = contentStems(text);
  const words = content.length > 0 ? content : stems(text);
  for (const [index, word] of words.entries()) {
    add(`w ${word}`, WEIGHTS.word);
    const next = words[index + 1];
    if (next !== undefined) add(`p ${word} ${next}`, WEIGHTS.pair);
    for (const piece of piecesOf(word)) add(`c ${piece}`, WEIGHTS.piece);
  }
  if (features.size === 0) add(`t ${text}`, 1);
  return features;
}

function piecesOf(word: string): string[] {
  const padded = `<${word}>`;
  return PIECES.flatMap((length) =>
    Array.from({ length: Math.max(0, padded.length - length + 1) }, (_, start) =>
      padded.slice(start, start + length),
    ),
  );
}

/** FNV-1a, 32 bits, with a final mix, because its low bits are poorly distributed for short texts. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}
