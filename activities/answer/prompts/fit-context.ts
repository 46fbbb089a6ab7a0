import { decode, encode } from "gpt-tokenizer/encoding/o200k_base";

/** Tokens for all messages of the turn: more than a contact types, at a cost of 2 cents at most. */
const QUESTION_TOKENS = 4_000;
const HISTORY_TOKENS = 1_500;
/** Earlier questions with their answers. Older exchanges are usually about another subject. */
const HISTORY_EXCHANGES = 4;

/**
 * Keeps the end of each message if all together are too long, because the question is usually at the end. Short messages leave their
 * share to long ones. `shortened` counts the messages without their beginning.
 */
export function fitQuestions(questions: readonly string[]): { questions: string[]; shortened: number } {
  const lengths = questions.map((text) => encodeTokens(text).length);
  const share = computeFairShare(lengths, QUESTION_TOKENS);
  return {
    questions: questions.map((text) => keepLastTokens(text, share)),
    shortened: lengths.filter((length) => length > share).length,
  };
}

/** The largest share per message with which all messages stay within the budget. */
function computeFairShare(lengths: readonly number[], budget: number): number {
  let left = budget;
  for (const [i, length] of lengths.toSorted((a, b) => a - b).entries()) {
    const share = Math.floor(left / (lengths.length - i));
    if (length > share) return share;
    left -= length;
  }
  return budget;
}

/**
 * The last exchanges that fit, oldest first. A burst is one exchange, so messages without an answer (rate limit, handoff) are still
 * part of the next prompt. `dropped` counts the lines that did not fit.
 */
export function fitHistory<Line extends { role: string; text: string }>(
  lines: readonly Line[],
): { lines: Line[]; dropped: number } {
  const recent = keepLastExchanges(lines);
  let left = HISTORY_TOKENS;
  const fitting = recent.toReversed().findIndex(({ text }) => (left -= encodeTokens(text).length) < 0);
  const dropped = fitting === -1 ? 0 : recent.length - fitting;
  return { lines: recent.slice(dropped), dropped };
}

function keepLastExchanges<Line extends { role: string }>(lines: readonly Line[]): Line[] {
  let exchanges = 0;
  const start = lines.findLastIndex((line, i) => {
    if (line.role === "user" && lines[i - 1]?.role !== "user") exchanges += 1;
    return exchanges === HISTORY_EXCHANGES;
  });
  return lines.slice(Math.max(0, start));
}

function keepLastTokens(text: string, limit: number): string {
  // A token has at least one UTF-16 unit, so a short text need not be counted.
  if (text.length <= limit) return text;
  const tokens = encodeTokens(text);
  // A cut inside a character leaves a replacement character at the front.
  return tokens.length <= limit
    ? text
    : decode(tokens.slice(-limit))
        .replace(/^\uFFFD+/u, "")
        .toWellFormed();
}

/** A contact may write the tokenizer's control tokens, such as `<|endoftext|>`. Here they are ordinary text. */
function encodeTokens(text: string): number[] {
  return encode(text, { disallowedSpecial: new Set() });
}
