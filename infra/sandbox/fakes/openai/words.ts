const STOP_WORDS = new Set(
  `a about am an and any are as at be been but by can could did do does for from get had has have he hello her hi his how
  i if in into is it its just let me my no not of on or our please say she so some tell than thank thanks that the their
  them then there these they this to too up us want was we were what when where which who whose why will with would you your`.split(
    /\s+/,
  ),
);

/** Every word in lower case, without accents and endings: "Refunds" and "refunded" both become "refund". */
export function stems(text: string): string[] {
  return wordsOf(text).map(stem);
}

/** The stems without stop words. */
export function contentStems(text: string): string[] {
  return wordsOf(text)
    .filter((word) => !STOP_WORDS.has(word))
    .map(stem);
}

function wordsOf(text: string): string[] {
  // Removes European accents only: in other scripts the marks are letters.
  const plain = text.normalize("NFKD").replace(/[\u0300-\u036F]/g, "");
  return (
    plain
      .normalize("NFC")
      .toLowerCase()
      .replace(/['’]s\b/g, "")
      .match(/[\p{L}\p{N}\p{M}]+/gu) ?? []
  );
}

/** Plural, past and -ing forms of English only. A wrong stem is the same in question and document, so it still matches. */
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
