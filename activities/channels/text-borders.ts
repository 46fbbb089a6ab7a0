/** The locale is fixed, so that all processes cut one text at the same places. The dictionaries of all scripts are used with any locale. */
const sentences = new Intl.Segmenter("en", { granularity: "sentence" });
const words = new Intl.Segmenter("en", { granularity: "word" });

/** More white space than a paragraph ends with. */
const BORDER_LENGTH = 100;
/** Scripts that put no spaces between words, with their punctuation. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\u3000-\u303F\uFF00-\uFF65]/u;
/** No line begins with one of these signs in these scripts, and none ends with an opening bracket. */
const NOT_FIRST = /[\p{Pe}\p{Pf}\p{M}、。，．・：；！？ー～ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ々]/u;
const NOT_LAST = /[\p{Ps}\p{Pi}]/u;
/** An address goes on to the next space or to the punctuation of these scripts. */
const ADDRESS = /https?:\/\/[^\s<>"、。，！？；：（）「」『』【】]+/gu;
/** The number or the sign of an item at the start of a line is no sentence: "1.", "2)", "a.", "iv.", "1.2.", "-". */
const ITEM_SIGN = /(?:^|\n)[ \t>]*(?:(?:\d{1,3}\.){0,3}\d{1,3}[.)]|\p{L}[.)]|[ivxlc]{1,5}[.)]|[-*+•])$/iu;
/** "J. Smith", "z. B.", "e.g. bread". */
const INITIAL = /(?:^|[\s(.])\p{L}\.$/u;
const ABBREVIATION =
  /(?:^|[\s(])(?:mrs?|ms|drs?|prof|sra?|sta?|mme|mlle|nr|no|nos|núm|num|vs|approx|ca|etc|tel|ext|art|abs|bzw|usw|ggf|inkl|exkl|max|min|std|str|hr|fr|av|bd|pág|pag|pp|vol|fig|incl|est|ud|uds|dott|sig|dhr|mevr|bijv|jan|feb|mar|apr|jun|jul|aug|sept?|oct|okt|nov|dec|dez)\.$/iu;

/** A range of a text, in UTF-16 units. */
export interface TextRange {
  start: number;
  /** Exclusive. */
  end: number;
}

/**
 * The best place to cut at or before the end of the range: the end of a paragraph, of a sentence or line, of a word. Null where one word
 * takes the whole range.
 */
export function findBorder(text: string, { start, end }: TextRange): number | null {
  const view = text.slice(start, end + BORDER_LENGTH);
  const limit = end - start;
  // Cuts at paragraphs and sentences that end too early would make many tiny parts.
  const isLate = (cut: number) => cut > 0 && cut >= limit / 3;
  const paragraph = findLast(findParagraphEnds(view), limit);
  if (isLate(paragraph)) return start + paragraph;
  const sentence = findLast(findSentenceEnds(view), limit);
  if (isLate(sentence)) return start + sentence;
  const word = findLast(findWordEnds(view), limit);
  return word > 0 ? start + word : null;
}

/** The white space after a border may extend past the limit. */
function findLast(borders: Iterable<number>, limit: number): number {
  let last = 0;
  for (const border of borders) {
    if (border > limit) break;
    last = border;
  }
  return last;
}

function* findParagraphEnds(text: string): Generator<number> {
  for (const { index } of text.matchAll(/\n\s*\n/gu)) yield index;
}

function* findSentenceEnds(text: string): Generator<number> {
  for (const { segment, index } of sentences.segment(text)) {
    const after = index + segment.length;
    const end = index + segment.trimEnd().length;
    // Where the view ends, no sentence needs to end.
    if (after < text.length && end > index && isSentenceEnd(text, end, after)) yield end;
  }
}

function isSentenceEnd(text: string, end: number, after: number): boolean {
  const before = text.slice(Math.max(0, end - 40), end);
  // "?" and "." without a space after them are parts of an address.
  if (end === after) return UNSPACED.test(before.at(-1) ?? "");
  if (ITEM_SIGN.test(before)) return false;
  return text.slice(end, after).includes("\n") || !(INITIAL.test(before) || ABBREVIATION.test(before));
}

function* findWordEnds(text: string): Generator<number> {
  const addresses = Array.from(text.matchAll(ADDRESS), ({ 0: found, index }) => ({
    start: index,
    end: index + found.length,
  }));
  for (const { index } of words.segment(text)) {
    const isInside = addresses.some(({ start, end }) => start < index && index < end);
    if (index > 0 && !isInside && isWordEnd(text, index)) yield index;
  }
}

function isWordEnd(text: string, at: number): boolean {
  const next = String.fromCodePoint(text.codePointAt(at) ?? 0);
  const last = Array.from(text.slice(Math.max(0, at - 2), at)).at(-1) ?? "";
  if (/\s/u.test(next)) return !/\s/u.test(last) && !isItemSign(text, at);
  if (/\s/u.test(last) || NOT_FIRST.test(next) || NOT_LAST.test(last)) return false;
  return UNSPACED.test(last) || UNSPACED.test(next);
}

/** A number of a list stays with the first word of its item. */
function isItemSign(text: string, at: number): boolean {
  return ITEM_SIGN.test(text.slice(Math.max(0, at - 40), at));
}
