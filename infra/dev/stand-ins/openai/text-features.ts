const STOP_WORDS = new Set(
  "a an and any are as at be but by can could did do does for from get had has have he her his how i if in is it its just me my no not of on one or our please she should so some than that the their them then there they this to up us was we were what when where which who why will with would you your im ur u thanks hi hello hey".split(
    " ",
  ),
);

/** Lower-case words without endings, so that "refunds", "refunded" and "refund" meet. */
export function stems(text: string): string[] {
  const words = text.normalize("NFKC").toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.filter((word) => !STOP_WORDS.has(word)).map(stem);
}

function stem(word: string): string {
  if (word.length <= 4) return word.replace(/s$/, "");
  return word.replace(/(ies|ied)$/, "y").replace(/(ing|edly|ed|es|ers|er|s|ly|e)$/, "");
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return value;
}

/**
 * A vector of hashed words and character trigrams, length 1: texts with the same words are near, and so are words with a slip
 * in them. It knows nothing of meaning; the real embedding model does.
 */
export function embed(text: string, dimensions: number): number[] {
  const vector = new Float32Array(dimensions);
  const add = (feature: string, weight: number) => {
    const at = hash(feature);
    vector[at % dimensions] = (vector[at % dimensions] ?? 0) + ((at >>> 16) % 2 === 0 ? weight : -weight);
  };
  for (const word of stems(text)) {
    add(`w:${word}`, 1);
    for (let i = 0; i + 3 <= word.length; i++) add(`t:${word.slice(i, i + 3)}`, 0.25);
  }
  const length = Math.hypot(...vector) || 1;
  return Array.from(vector, (value) => value / length);
}
