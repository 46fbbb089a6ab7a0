import { countTokens, decodeTokens, encodeTokens } from "../../../infra/runtime/tokens.ts";

/** Tokens for all messages of the turn: more than a contact types, at a cost of 2 cents at most. */
const QUESTION_TOKENS = 4_000;
const HISTORY_TOKENS = 1_500;
/** Longer than nearly every token. A text is cut to this many characters for each token before its tokens are counted. */
const MAX_CHARACTERS_PER_TOKEN = 8;
/** A rare character becomes one token for each byte. */
const MAX_TOKENS_PER_CHARACTER = 3;
/** Earlier questions with their answers. Older exchanges are usually about another subject. */
const HISTORY_EXCHANGES = 4;

/** After a cut within a text, this many characters are searched for a beginning that is no half of a card or an address. */
const CUT_MARGIN = 1_000;
/** A plain word after white space. */
const FRESH_START = /(?<=\s)\p{L}{2,40}(?=[\s,.!?])/u;

/**
 * The ends of the messages, as long as all together may be in the prompt. It comes before masking: the rest is not read at all. A
 * half of a personal detail at the cut would not be recognised, so the text begins with the next plain word.
 */
export function limitQuestions(questions: readonly string[]): { questions: string[]; isCut: boolean[] } {
  const share = computeFairShare(
    questions.map((text) => text.length),
    QUESTION_TOKENS * MAX_CHARACTERS_PER_TOKEN,
  );
  const isCut = questions.map((text) => text.length > share);
  return { questions: questions.map((text, i) => (isCut[i] === true ? takeEnd(text, share) : text)), isCut };
}

function takeEnd(text: string, characters: number): string {
  const end = text.slice(-characters);
  const start = FRESH_START.exec(end.slice(0, CUT_MARGIN))?.index ?? CUT_MARGIN;
  return end.slice(start).toWellFormed();
}

/** The lines of the last exchanges that may fit by their length, without a look at their tokens. */
export function limitHistory<Line extends { role: string; text: string }>(
  lines: readonly Line[],
): { lines: Line[]; dropped: number } {
  const recent = keepLastExchanges(lines);
  let left = HISTORY_TOKENS * MAX_CHARACTERS_PER_TOKEN;
  const tooLong = recent.toReversed().findIndex(({ text }) => (left -= text.length) < 0);
  const dropped = tooLong === -1 ? 0 : recent.length - tooLong;
  return { lines: recent.slice(dropped), dropped };
}

/**
 * Keeps the end of each message if all together are too long, because the question is usually at the end. Short messages leave their
 * share to long ones. `shortened` counts the messages without their beginning.
 */
export function fitQuestions(questions: readonly string[]): { questions: string[]; shortened: number } {
  const characters = computeFairShare(
    questions.map((text) => text.length),
    QUESTION_TOKENS * MAX_CHARACTERS_PER_TOKEN,
  );
  if (questions.join("").length * MAX_TOKENS_PER_CHARACTER <= QUESTION_TOKENS)
    return { questions: [...questions], shortened: 0 };
  const tails = questions.map((text) => text.slice(-characters).toWellFormed());
  const tokens = tails.map((text) => encodeTokens(text));
  const share = computeFairShare(
    tokens.map(({ length }) => length),
    QUESTION_TOKENS,
  );
  const fitting = tails.map((text, i) => keepLastTokens(text, tokens[i] ?? [], share));
  return {
    questions: fitting,
    shortened: fitting.filter((text, i) => text.length < (questions[i]?.length ?? 0)).length,
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
  const fitting = recent.toReversed().findIndex(({ text }) => {
    const isTooLong = text.length > left * MAX_CHARACTERS_PER_TOKEN;
    left -= isTooLong ? Infinity : countTokens(text);
    return left < 0;
  });
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

function keepLastTokens(text: string, tokens: readonly number[], limit: number): string {
  return tokens.length <= limit ? text : decodeTokens(tokens.slice(tokens.length - limit));
}
