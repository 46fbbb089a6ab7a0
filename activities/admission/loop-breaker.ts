import { findRecentExchanges, type Exchange } from "../../db/turns/loops.ts";
import type { Database } from "../../db/connection/postgres.ts";
import { findTurnMessages, findRecentLines, type TurnScope } from "../../db/conversations/transcript.ts";
import type { Vault } from "../../db/connection/vault.ts";

export type LoopSignal = "same_text" | "machine_pace" | "endless";

/** An automatic reply says the same thing again and again; a person who gets no use out of us gives up earlier. */
const SAME_TEXT = { times: 4, among: 6, withinMs: 10 * 60_000, words: 7 };
/** Nobody reads an answer and writes the next question in so short a time, so often in a row. */
const MACHINE_PACE = { exchanges: 12, gapMs: 4_000 };
/** A slower machine: half a minute at most between answer and question, without one longer pause. */
const ENDLESS = { exchanges: 30, gapMs: 30_000 };
/** A machine may be quicker than our own note that the vendor took the answer. */
const NOTED_WITHIN_MS = 1_000;

/** Whether the other side is a machine too, so that the two of us would go on for ever at the business's cost. */
export function createLoopBreaker({ db, vault }: { db: Database; vault: Vault }) {
  return async function findLoop(scope: TurnScope): Promise<LoopSignal | null> {
    const exchanges = await findRecentExchanges(db, scope.conversationId, ENDLESS.exchanges);
    // Most turns end here: it takes a few answers before there can be a loop.
    if (exchanges.length < SAME_TEXT.times - 1) return null;
    const inbound = await findTurnMessages(db, vault, scope);
    const now = inbound[0]?.receivedAt ?? new Date();
    const paceSignal = detectMachinePace(exchanges, now);
    if (paceSignal !== null) return paceSignal;
    const sameSince = now.getTime() - SAME_TEXT.withinMs;
    if (exchanges.filter(({ asked }) => asked.getTime() > sameSince).length < SAME_TEXT.times - 1)
      return null;
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

/** `next` is when the message came that would be answered now. */
export function detectMachinePace(exchanges: readonly Exchange[], next: Date): LoopSignal | null {
  const asked = [...exchanges.map((exchange) => exchange.asked), next];
  let inRow = { fast: 0, steady: 0 };
  for (const [i, { answered }] of exchanges.entries()) {
    const gapMs = answered === null ? Infinity : (asked[i + 1]?.getTime() ?? Infinity) - answered.getTime();
    // What was written before our answer went out answers nothing: people write on while they wait.
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
 * Short texts do not count: people say "ok" and "thanks" after each answer. In a long one a time, a ticket number or a counter does
 * not make an automatic reply another one, while "size 42?" and "size 43?" are two questions.
 */
export function hasRepeatedText(texts: readonly string[]): boolean {
  const last = texts.slice(-SAME_TEXT.among).map(normalizeWords);
  const newest = last.at(-1);
  if (newest === undefined || newest.split(" ").length < SAME_TEXT.words) return false;
  return last.filter((text) => text === newest).length >= SAME_TEXT.times;
}

function normalizeWords(text: string): string {
  return (
    text
      .toLowerCase()
      // With its marks: in Hindi or Thai the vowel signs would cut each word into several.
      .replace(/[^\p{L}\p{M}]+/gu, " ")
      .trim()
  );
}
