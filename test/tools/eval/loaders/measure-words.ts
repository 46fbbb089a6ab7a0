/** A word, or one sign of a script without spaces. */
const WORD =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|[^\P{L}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+|\p{N}+/gu;

export interface WordMeasure {
  visible: number;
  kept: number;
  /** Some of the words that are missing. */
  missing: string[];
}

const MAX_MISSING = 10;

/** How many of the words that a reader sees are in the text that was kept, each as often as it is seen. */
export function measureWords(visible: string, kept: string): WordMeasure {
  const available = new Map<string, number>();
  for (const word of splitWords(kept)) available.set(word, (available.get(word) ?? 0) + 1);
  const measure: WordMeasure = { visible: 0, kept: 0, missing: [] };
  for (const word of splitWords(visible)) {
    measure.visible++;
    const left = available.get(word) ?? 0;
    if (left > 0) {
      measure.kept++;
      available.set(word, left - 1);
    } else if (measure.missing.length < MAX_MISSING) measure.missing.push(word);
  }
  return measure;
}

function* splitWords(text: string): Iterable<string> {
  for (const [word] of text.normalize("NFKC").toLowerCase().matchAll(WORD)) yield word;
}
