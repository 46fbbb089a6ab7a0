import { decodeTokens, encodeTokens } from "../../../runtime/tokens.ts";

/** The first `limit` tokens of the text. */
export function firstTokens(text: string, limit: number): { text: string; isCut: boolean; tokens: number } {
  const tokens = encodeTokens(text);
  if (tokens.length <= limit) return { text, isCut: false, tokens: tokens.length };
  return { text: decodeTokens(tokens.slice(0, limit)), isCut: true, tokens: limit };
}
