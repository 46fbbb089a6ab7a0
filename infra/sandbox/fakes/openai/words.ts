const STOP_WORDS = new Set(
  `a about am an and any are as at be been but by can could did do does for from get had has have he hello her hi his how
  i if in into is it its just let me my no not of on or our please say she so some tell than thank thanks that the their
  them then there these they this to too up us want was we were what when where which who whose why will with would you your`.split(
    /\s+/,
  ),
);

/** Every word, lower-case, without accents, endings taken off: "Refunds" and "refunded" are both "refund". */
export function stems(text: string): string[] {
  return wordsOf(text).map(stem);
}

/** Stems of the words that carry meaning. */
export function contentStems(text: string): string[] {
  return wordsOf(text)
    .filter((word) => !STOP_WORDS.has(word))
    .map(stem);
}

function wordsOf(text: string): string[] {
  // Only European accents are taken off: in other scripts the marks are letters.
  const plain = text.normalize("NFKD").replace(/[\u0300-\u036F]/g, "");
  return (
    plain
      .normalize("NFC")
      .toLowerCase()
      .replace(/['’]s\b/g, "")
      .match(/[\p{L}\p{N}\p{M}]+/gu) ?? []
  );
}

/** Light: plural, past and -ing forms of English only; a wrong stem is wrong on both sides and still meets. */
function stem(word: string): string {
  if (word.length < 4) return word;
  const bare = word
    .replace(/ies$|ied$/, "y")
    .replace(/(ss|x|ch|sh)es$/, "$1")
    .replace(/(?<![su])s$/, "");
  if (bare.length < 5) return bare;
  return bare
    .replace(/([^aeiou])\1(ing|ed)$/, "$1")
    .replace(/(?<=[aeiouy].*)(ing|ed)$/, "")
    .replace(/(?<=.{3})e$/, "");
}
