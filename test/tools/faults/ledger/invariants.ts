import type { Verdict } from "../campaign.ts";
import type { InboxRow, Ledger, ModelCall } from "./ledger.ts";
import { indexLedger, type LedgerIndex } from "./index-ledger.ts";

/** Clocks of one machine, in whole milliseconds on one side. */
const CLOCK_MS = 2;
/** Full context twice, compressed context, smaller model: all that a ladder may pay for. */
const CALLS_PER_TURN = 4;
/** What all turns together may pay for each: faults hit few of them, and who asks the model twice every time is not unlucky. */
const MEAN_CALLS = 1.5;
const MEAN_OF_TURNS = 20;
/** Neither key nor question: a send that may have left is not repeated there, and `unknown` is an end. */
const AT_MOST_ONCE: ReadonlySet<string> = new Set(["telegram", "whatsapp", "messenger", "instagram"]);
/** What a channel's schedule may have put off is not waited for, but it may not be the rule. */
const PUT_OFF_SHARE = 0.25;
const SHOWN = 8;

/** Every acknowledged message has one row and one end, and an end called "answered" stands at the receiving end. */
export function noLoss(ledger: Ledger): Verdict {
  const index = indexLedger(ledger);
  return judge(index.acknowledged, ({ channel, providerMessageId }) => {
    const rows = index.rowsOf(channel, providerMessageId);
    const [row] = rows;
    const name = `${channel} ${providerMessageId}`;
    if (row === undefined) return `${name} was acknowledged and is in no inbox`;
    if (rows.length > 1) return `${name} has ${rows.length} rows`;
    if (row.state === "pending" || row.state === "in_turn") return `${name} is still ${row.state}`;
    if (row.state !== "answered") return row.reason === null ? `${name} ${row.state} without a reason` : null;
    return replyProblem(row, index);
  });
}

function replyProblem({ channel, providerMessageId, turnId }: InboxRow, index: LedgerIndex): string | null {
  const parts = index.partsOf(turnId ?? "");
  // A part that is "unknown" may have arrived or not: the vendor never said, and an operator sees it.
  if (!parts.some(({ state }) => state === "accepted" || state === "unknown"))
    return `${providerMessageId} is answered by a turn of which no part was sent`;
  if (!AT_MOST_ONCE.has(channel) && parts.some(({ state }) => state === "unknown"))
    return `${providerMessageId}: a part is unknown on ${channel}, where it could be known`;
  const missing = parts.filter((part) => part.state === "accepted" && index.sendsOf(part).length === 0);
  return missing.length === 0
    ? null
    : `${providerMessageId}: part ${missing[0]?.id} is accepted and did not arrive`;
}

/** No part arrived twice nor under two names, nothing arrived that no part stands behind, and no message was answered by two turns. */
export function noDoubleReply(ledger: Ledger): Verdict {
  const index = indexLedger(ledger);
  const twice = judge(ledger.replyParts, (part) => {
    const arrived = index.sendsOf(part).length;
    return arrived > 1
      ? `part ${part.id} (${part.state}, attempt ${part.attempt}) arrived ${arrived} times`
      : null;
  });
  const stray = judge(
    index.unmatchedSends,
    ({ channel, to, id }) => `${channel} ${id} to ${to} is no part's`,
  );
  const idle = judge(ledger.turns, ({ id, plan }) => {
    const accepted = index.partsOf(id).some(({ state }) => state === "accepted");
    return plan === "answer" && accepted && !index.hasMessages(id)
      ? `turn ${id} was sent and answers no message`
      : null;
  });
  const again = judge(ledger.turns, ({ id }) => repeatedText(id, index));
  return merge([twice, stray, idle, again, repliedByTwoTurns(ledger, index)]);
}

/** One answer that was stored as two parts arrives twice, and each part once. */
function repeatedText(turnId: string, index: LedgerIndex): string | null {
  const texts = index.partsOf(turnId).flatMap((part) => index.sendsOf(part)[0]?.text ?? []);
  return new Set(texts).size === texts.length ? null : `turn ${turnId} said the same in two parts`;
}

/** By the receivers' own word, where a channel says what an answer is to. */
function repliedByTwoTurns({ replyParts }: Ledger, index: LedgerIndex): Verdict {
  const answers = replyParts.flatMap((part) =>
    index.sendsOf(part).flatMap(({ inReplyTo }) => inReplyTo.map((id) => ({ id, turnId: part.turnId }))),
  );
  return judge(
    Map.groupBy(answers, ({ id }) => id),
    ([id, of]) => {
      const turns = new Set(of.map(({ turnId }) => turnId));
      return turns.size > 1 ? `${id} was answered by ${turns.size} turns` : null;
    },
  );
}

/** What nobody signed was never called taken, is in no inbox and came before no model; and nothing is stored that nobody offered. */
export function nothingForged(ledger: Ledger): Verdict {
  const index = indexLedger(ledger);
  const asked = new Set(ledger.modelCalls.flatMap(({ markers }) => markers));
  const forged = judge(
    ledger.offered.filter((message) => message.forged),
    ({ channel, providerMessageId, attempts, marker }) => {
      if (attempts.some(({ status }) => status >= 200 && status < 300))
        return `${providerMessageId} was taken though forged`;
      if (asked.has(marker)) return `${providerMessageId} came before the model though forged`;
      return index.rowsOf(channel, providerMessageId).length > 0
        ? `${providerMessageId} was stored though forged`
        : null;
    },
  );
  const known = new Set(ledger.offered.map((each) => `${each.channel}\n${each.providerMessageId}`));
  const unheardOf = judge(ledger.inbox, ({ channel, providerMessageId }) =>
    known.has(`${channel}\n${providerMessageId}`)
      ? null
      : `${channel} ${providerMessageId} was never offered`,
  );
  return merge([forged, unheardOf]);
}

/** Per person, answers arrive in the order of what they answer, part by part; and no prompt lacks a line that was there before. */
export function inOrder(ledger: Ledger): Verdict {
  const index = indexLedger(ledger);
  const late = judge(index.arrivalsByConversation, ([conversation, arrivals]) => {
    const wrong = arrivals.find((arrival, i) => i > 0 && arrival.rank < (arrivals[i - 1]?.rank ?? 0));
    return wrong === undefined ? null : `conversation ${conversation}: part ${wrong.partId} arrived too late`;
  });
  const contexts = judge(index.firstCallByTurn, ([turnId, call]) => missingLine(turnId, call, index));
  return merge([late, contexts]);
}

/** The last few lines before the turn's own: older ones may have been left out to fit the prompt. */
function missingLine(turnId: string, call: ModelCall, index: LedgerIndex): string | null {
  // Lower tiers leave earlier lines out by design, and the first call that arrived may have been one of theirs.
  if (index.turnOf(turnId)?.tier !== "full_context") return null;
  const inPrompt = new Set(call.markers);
  const missing = index.markersUpTo(turnId, 3).filter((marker) => !inPrompt.has(marker));
  return missing.length === 0 ? null : `turn ${turnId} was answered without ${missing.join(", ")}`;
}

/** For each 2xx the row was committed, or the workflow started, no later. A row of which nobody knows when is no proof. */
export function durableBeforeAck(ledger: Ledger): Verdict {
  const index = indexLedger(ledger);
  return judge(index.acknowledged, ({ channel, providerMessageId, acknowledgedAt }) => {
    const [row] = index.rowsOf(channel, providerMessageId);
    const ack = (acknowledgedAt ?? 0) + CLOCK_MS;
    // Without a row it is lost, which is another invariant's.
    if (row === undefined) return null;
    const committed = row.committedAt ?? Infinity;
    if (Math.min(committed, ledger.firstStarts.get(row.workflowId) ?? Infinity) <= ack) return null;
    return committed === Infinity
      ? `${providerMessageId} was acknowledged, and no line of a transcript says when it was durable`
      : `${providerMessageId} was acknowledged ${Math.round(committed - ack)} ms before it was durable`;
  });
}

/** A turn pays for its ladder at most, and for nothing once its reply stands in the transcript; and no call is for nobody. */
export function boundedCost(ledger: Ledger): Verdict {
  const index = indexLedger(ledger);
  const turns = judge(index.callsByTurn, ([turnId, calls]) => {
    if (calls.length > CALLS_PER_TURN) return `turn ${turnId} made ${calls.length} calls`;
    const reply = index.turnOf(turnId)?.replyCommittedAt ?? Infinity;
    return calls.some(({ at }) => at > reply + CLOCK_MS)
      ? `turn ${turnId} made a call after its reply stood`
      : null;
  });
  const idle = judge(ledger.modelCalls, ({ at, markers }) =>
    markers.length === 0 ? `a call at ${new Date(at).toISOString()} has nobody's words in it` : null,
  );
  const calls = [...index.callsByTurn.values()].flat().length;
  const mean = calls / Math.max(1, index.callsByTurn.size);
  const costly = index.callsByTurn.size >= MEAN_OF_TURNS && mean > MEAN_CALLS;
  const all = judge(costly ? [mean] : [], (each) => `${each.toFixed(2)} calls a turn`);
  return merge([turns, idle, all]);
}

/** The numbers of each conversation's lines have no gap, and each message stands among them. */
export function appendOnly(ledger: Ledger): Verdict {
  const gaps = judge(ledger.conversations, ({ id, lines, lastSeq }) =>
    lines === lastSeq ? null : `conversation ${id} has ${lines} lines and counts to ${lastSeq}`,
  );
  const lastSeqs = new Map(ledger.conversations.map(({ id, lastSeq }) => [id, lastSeq]));
  const missing = judge(ledger.inbox, ({ providerMessageId, conversationId, seq }) =>
    seq <= (lastSeqs.get(conversationId) ?? 0)
      ? null
      : `${providerMessageId} is line ${seq} of conversation ${conversationId}, which has no such line`,
  );
  return merge([gaps, missing]);
}

/**
 * Everything had ended in time after the last heal (a minute, where no backlog has to be worked off), no workflow and no part is left, and
 * nothing is a dead letter: whatever was poison has been mended by then.
 */
export function liveness(ledger: Ledger): Verdict {
  const { healedAt, settleWithinMs, idleAt, running, inbox, replyParts } = ledger;
  const tookMs = (idleAt ?? Infinity) - healedAt;
  const isLate = !(tookMs <= settleWithinMs);
  const late = judge(
    isLate ? [tookMs] : [],
    () => `not at rest ${settleWithinMs / 1000} s after the last heal`,
  );
  const left = judge(
    running,
    ({ workflowId, taskAttempts }) => `${workflowId} still runs (task attempt ${taskAttempts})`,
  );
  const index = indexLedger(ledger);
  const open = judge(replyParts, ({ id, turnId, state }) =>
    (state === "intended" || state === "sending") && index.turnOf(turnId)?.outcome !== "failed"
      ? `part ${id} is still ${state}`
      : null,
  );
  const dead = judge(inbox, (row) =>
    isDead(row) && !ledger.expectedDeadLetterReasons?.includes(row.reason ?? "")
      ? `${row.providerMessageId} is a dead letter: ${row.state}, ${row.reason}`
      : null,
  );
  const after = ledger.sends.filter(({ at }) => at > (idleAt ?? Infinity)).length;
  const isRule = after > PUT_OFF_SHARE * ledger.sends.length;
  const putOff = judge(isRule ? [after] : [], (n) => `${n} sends were put off until after the rest`);
  return { ...merge([late, left, dead, open, putOff]), checked: inbox.length };
}

/** An answer that nobody can tell the arrival of is the policy of a channel, and counted by itself. */
function isDead({ state, reason }: InboxRow): boolean {
  return state === "failed" || (state === "answered" && reason !== null && !reason.startsWith("unknown:"));
}

function judge<T>(items: Iterable<T>, problemOf: (item: T) => string | null): Verdict {
  const all = [...items];
  const violations = all.flatMap((item) => problemOf(item) ?? []);
  return { ok: violations.length === 0, checked: all.length, violations: violations.slice(0, SHOWN) };
}

function merge(verdicts: Verdict[]): Verdict {
  return {
    ok: verdicts.every(({ ok }) => ok),
    checked: verdicts.reduce((sum, { checked }) => sum + checked, 0),
    violations: verdicts.flatMap(({ violations }) => violations).slice(0, SHOWN),
  };
}
