import { decode, encode } from "gpt-tokenizer/encoding/o200k_base";

/** Tokens for all messages to answer: more than anybody types, and 2 cents at most. */
const QUESTION_TOKENS = 4_000;
const HISTORY_TOKENS = 1_500;

/** Keeps the end of each message where together they are too long: people put the question last. */
export function fitQuestions(questions: string[]): string[] {
  const each = Math.floor(QUESTION_TOKENS / Math.max(1, questions.length));
  return questions.map((text) => lastTokens(text, each));
}

/** Drops the oldest lines first, whole. */
export function fitLines<Line extends { text: string }>(lines: Line[]): Line[] {
  let left = HISTORY_TOKENS;
  const kept: Line[] = [];
  for (const line of lines.toReversed()) {
    left -= tokensOf(line.text).length;
    if (left < 0) break;
    kept.push(line);
  }
  return kept.toReversed();
}

function lastTokens(text: string, limit: number): string {
  // A token is at least one UTF-16 unit, so a short text needs no count.
  if (text.length <= limit) return text;
  const tokens = tokensOf(text);
  // A cut inside a character leaves a replacement sign at the front.
  return tokens.length <= limit
    ? text
    : decode(tokens.slice(-limit))
        .replace(/^\uFFFD+/u, "")
        .toWellFormed();
}

/** A person may write what the tokenizer takes for its own marks (`<|endoftext|>`): to us it is text. */
function tokensOf(text: string): number[] {
  return encode(text, { disallowedSpecial: new Set() });
}
