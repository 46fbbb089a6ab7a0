import { decode, encode } from "gpt-tokenizer/encoding/o200k_base";

/** Text such as <|endoftext|> in a message is counted as letters, not as a special token. */
const PLAIN = { disallowedSpecial: new Set<string>() };

export function tokenCount(text: string): number {
  return encode(text, PLAIN).length;
}

/** The first `limit` tokens of the text. */
export function firstTokens(text: string, limit: number): { text: string; isCut: boolean; tokens: number } {
  const tokens = encode(text, PLAIN);
  if (tokens.length <= limit) return { text, isCut: false, tokens: tokens.length };
  // The cut can end with half of a character.
  return { text: decode(tokens.slice(0, limit)).replace(/�+$/, ""), isCut: true, tokens: limit };
}

export function textOfTokens(tokens: number[]): string {
  return decode(tokens);
}
