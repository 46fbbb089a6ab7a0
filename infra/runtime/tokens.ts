import { decode, encode } from "gpt-tokenizer/encoding/o200k_base";

/** A contact may write the tokenizer's control tokens, such as `<|endoftext|>`. Here they are ordinary text. */
const AS_TEXT = { disallowedSpecial: new Set<string>() };

/**
 * The tokenizer needs the square of the length of a run that its pattern does not split: letters and their marks, signs, white space,
 * line ends with slashes. 80,000 letters take 3 s. So a longer run is encoded in pieces, which can cost one more token for each piece.
 */
const LONG_RUN = /[\p{L}\p{M}]{64}|[^\s\p{L}\p{N}]{64}|\s{64}|[\r\n/]{64}/gu;

/** Takes time in proportion to the length of the text: a million characters of any kind take about a second. */
export function encodeTokens(text: string): number[] {
  const tokens: number[] = [];
  let start = 0;
  for (const match of text.matchAll(LONG_RUN)) {
    const end = match.index + match[0].length;
    pushAll(tokens, encode(text.slice(start, end), AS_TEXT));
    start = end;
  }
  if (start === 0) return encode(text, AS_TEXT);
  pushAll(tokens, encode(text.slice(start), AS_TEXT));
  return tokens;
}

export function countTokens(text: string): number {
  return encodeTokens(text).length;
}

/** A cut may leave half of a character at either end: up to three bytes, which are dropped. */
export function decodeTokens(tokens: readonly number[]): string {
  return decode([...tokens])
    .replace(/^\uFFFD{1,3}|\uFFFD{1,3}$/gu, "")
    .toWellFormed();
}

function pushAll(target: number[], added: readonly number[]): void {
  for (const token of added) target.push(token);
}
