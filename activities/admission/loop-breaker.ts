import type { Exchange } from "../../db/turns/loops.ts";
import type { Queryable } from "../../db/connection/postgres.ts";
import { findTurnMessages, findRecentLines, type TurnScope } from "../../db/conversations/transcript.ts";
import type { Vault } from "../../db/connection/vault.ts";

export type LoopSignal = "same_text" | "machine_pace" | "endless";

/** An automatic reply repeats one text; a contact who gets no useful answer stops writing earlier. */
const SAME_TEXT = { times: 4, among: 6, withinMs: 10 * 60_000, words: 7 };
/** A contact does not read an answer and write the next question in so short a time, so often in a row. */
const MACHINE_PACE = { exchanges: 12, gapMs: 4_000 };
/** A slower machine: half a minute at most between answer and question, without a longer pause. */
const ENDLESS = { exchanges: 30, gapMs: 30_000 };
/** The exchanges that are compared. */
export const LOOP_EXCHANGES = ENDLESS.exchanges;
/** A machine may respond before we have written that the vendor accepted our answer. */
const NOTED_WITHIN_MS = 1_000;

/** Finds out whether the contact is a machine: two machines would answer each other for ever, at the cost of the business. */
export function createLoopBreaker(vault: Vault) {
  return async function findLoop(
    db: Queryable,
    scope: TurnScope,
    exchanges: readonly Exchange[],
  ): Promise<LoopSignal | null> {
    // Most turns end here: a loop needs a few answers.
    if (exchanges.length < SAME_TEXT.times - 1) return null;
    const inbound = await findTurnMessages(db, vault, scope);
    const [first] = inbound;
    if (first === undefined) return null;
    const now = first.receivedAt;
    const paceSignal = detectMachinePace(exchanges, now);
    if (paceSignal !== null) return paceSignal;
    const sameSince = now.getTime() - SAME_TEXT.withinMs;
    if (exchanges.filter(({ asked }) => asked.getTime() > sameSince).length < SAME_TEXT.times - 1)
      return null;
    // Most texts are short, and need no look at the earlier ones.
    if (!isLong(normalizeWords(inbound.at(-1)?.text ?? ""))) return null;
    const seq = Math.min(...inbound.map((message) => message.seq));
    const lines = await findRecentLines(db, vault, scope, {
      seq,
      limit: SAME_TEXT.among * 2,
      exceptTurn: scope.turnId,
    });
    const userTexts = lines.filter(({ role }) => role === "user").map(({ text }) => text);
    return hasRepeatedText([...userTexts, ...inbound.map(({ text }) => text)]) ? "same_text" : null;
  };
}

export type LoopBreaker = ReturnType<typeof createLoopBreaker>;

/** `next`: when the message arrived that this turn answers. */
export function detectMachinePace(exchanges: readonly Exchange[], next: Date): LoopSignal | null {
  const asked = [...exchanges.map((exchange) => exchange.asked), next];
  let inRow = { fast: 0, steady: 0 };
  for (const [i, { answered }] of exchanges.entries()) {
    const gapMs = answered === null ? Infinity : (asked[i + 1]?.getTime() ?? Infinity) - answered.getTime();
    // A text from before our answer does not respond to it: contacts continue to write while they wait.
    if (gapMs < -NOTED_WITHIN_MS) inRow = { fast: 0, steady: 0 };
    else
      inRow = {
        fast: gapMs < MACHINE_PACE.gapMs ? inRow.fast + 1 : 0,
        steady: gapMs < ENDLESS.gapMs ? inRow.steady + 1 : 0,
      };
  }
  if (inRow.fast >= MACHINE_PACE.exchanges) return "machine_pace";
  return inRow.steady >= ENDLESS.exchanges ? "endless" : null;
}

/**
 * Short texts do not count, because "ok" and "thanks" follow many answers. Digits are ignored: an automatic reply may contain a time
 * or a ticket number. Short questions such as "size 42?" and "size 43?" differ only in digits, another reason to skip short texts.
 */
export function hasRepeatedText(texts: readonly string[]): boolean {
  const last = texts.slice(-SAME_TEXT.among).map(normalizeWords);
  const newest = last.at(-1);
  if (newest === undefined || !isLong(newest)) return false;
  return last.filter((text) => text === newest).length >= SAME_TEXT.times;
}

function isLong(words: string): boolean {
  return words.split(" ").length >= SAME_TEXT.words;
}

function normalizeWords(text: string): string {
  return (
    text
      .toLowerCase()
      // Marks are kept: without its vowel signs, one word of Hindi or Thai would become several.
      .replace(/[^\p{L}\p{M}]+/gu, " ")
      .trim()
  );
}
