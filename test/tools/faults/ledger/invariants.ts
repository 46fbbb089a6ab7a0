import type { Verdict } from "../campaign.ts";
import type { InboxRow, Ledger, ModelCall } from "./ledger.ts";
import { findUnexplainedSilence } from "./explain-silence.ts";
import { CLOCK_MS, indexLedger, type LedgerIndex } from "./index-ledger.ts";
import { judge, merge } from "./judge.ts";
import { keptReceipts } from "./kept-receipts.ts";
import { staysQuick } from "./stays-quick.ts";
import { unknownParts } from "./unknown-parts.ts";

/** The fallback chain calls the model at most four times: full context twice, compressed context, smaller model. */
const CALLS_PER_TURN = 4;
/** The limit for the mean of model calls over all turns. Faults hit few turns, so a higher mean is a defect. */
const MEAN_CALLS = 1.5;
const MEAN_OF_TURNS = 20;
/** Channels without idempotency keys and without a status query. A send with a lost response is not repeated there, and `unknown` is final. */
const AT_MOST_ONCE: ReadonlySet<string> = new Set(["telegram", "whatsapp", "messenger", "instagram"]);
/** The ledger does not wait for sends that the schedule of a channel defers. More than this share of all sends is a defect. */
const DEFERRED_SHARE = 0.25;

/** Every acknowledged message has one row and one outcome, and the parts of an answered message arrived at the receiver. */
export function noLoss(ledger: Ledger): Verdict {
  const index = indexLedger(ledger);
  const lost = judge(index.acknowledged, ({ channel, providerMessageId }) => {
    const rows = index.rowsOf(channel, providerMessageId);
    const [row] = rows;
    const name = `${channel} ${providerMessageId}`;
    if (row === undefined) return `${name} was acknowledged and is in no inbox`;
    if (rows.length > 1) return `${name} has ${rows.length} rows`;
    if (row.state === "pending" || row.state === "in_turn") return `${name} is still ${row.state}`;
    if (row.state === "answered") return replyProblem(row, index);
    const reroute = row.reason === "sent_elsewhere" ? index.rerouteOf(row.turnId ?? "") : undefined;
    if (reroute !== undefined) return replyProblem({ ...row, turnId: reroute.id }, index);
    if (row.reason === null) return `${name} ${row.state} without a reason`;
    return row.state === "suppressed" ? findUnexplainedSilence(row, ledger) : null;
  });
  return merge([lost, unknownParts(ledger)]);
}

function replyProblem({ channel, providerMessageId, turnId }: InboxRow, index: LedgerIndex): string | null {
  const parts = index.partsOf(turnId ?? "");
  // A part that is "unknown" may have arrived: the response of the vendor was lost, and an operator sees it.
  if (!parts.some(({ state }) => state === "accepted" || state === "unknown"))
    return `${providerMessageId} is answered by a turn of which no part was sent`;
  const unknown = parts.filter(({ state }) => state === "unknown");
  if (!AT_MOST_ONCE.has(channel) && unknown.length > 0)
    return `${providerMessageId}: a part is unknown on ${channel}, although that channel can confirm it`;
  const missing = parts.filter((part) => part.state === "accepted" && index.sendsOf(part).length === 0);
  return missing.length === 0
    ? null
    : `${providerMessageId}: part ${missing[0]?.id} is accepted and did not arrive`;
}

/** No part arrived twice, every send belongs to a part, and no message was answered by two turns. */
export function noDoubleReply(ledger: Ledger): Verdict {
  const index = indexLedger(ledger);
  const twice = judge(ledger.replyParts, (part) => {
    const arrived = index.sendsOf(part).length;
    return arrived > 1
      ? `part ${part.id} (${part.state}, attempt ${part.attempt}) arrived ${arrived} times`
      : null;
  });
  const unmatched = judge(
    index.unmatchedSends,
    ({ channel, to, id }) => `${channel} ${id} to ${to} belongs to no part`,
  );
  const idle = judge(ledger.turns, ({ id, plan, reroutedFrom }) => {
    const accepted = index.partsOf(id).some(({ state }) => state === "accepted");
    return plan === "answer" && reroutedFrom === null && accepted && !index.hasMessages(id)
      ? `turn ${id} was sent and answers no message`
      : null;
  });
  const repeated = judge(ledger.turns, ({ id }) => repeatedText(id, index));
  return merge([twice, unmatched, idle, repeated, repliedByTwoTurns(ledger, index)]);
}

/** A reply that was stored as two parts arrives twice although each part arrives once. */
function repeatedText(turnId: string, index: LedgerIndex): string | null {
  const texts = index.partsOf(turnId).flatMap((part) => index.sendsOf(part)[0]?.text ?? []);
  return new Set(texts).size === texts.length ? null : `turn ${turnId} sent the same text in two parts`;
}

/** Uses the logs of the receivers of channels that say which message a reply answers. */
function repliedByTwoTurns({ replyParts }: Ledger, index: LedgerIndex): Verdict {
  const replies = replyParts.flatMap((part) =>
    index.sendsOf(part).flatMap(({ inReplyTo }) => inReplyTo.map((id) => ({ id, turnId: part.turnId }))),
  );
  return judge(
    Map.groupBy(replies, ({ id }) => id),
    ([id, of]) => {
      const turns = new Set(of.map(({ turnId }) => turnId));
      return turns.size > 1 ? `${id} was answered by ${turns.size} turns` : null;
    },
  );
}

/** A forged message was never accepted, is in no inbox and in no prompt. Every stored message was offered. */
export function nothingForged(ledger: Ledger): Verdict {
  const index = indexLedger(ledger);
  const prompted = new Set(ledger.modelCalls.flatMap(({ markers }) => markers));
  const forged = judge(
    ledger.offered.filter((message) => message.forged),
    ({ channel, providerMessageId, attempts, marker }) => {
      if (attempts.some(({ status }) => status >= 200 && status < 300))
        return `${providerMessageId} was accepted although it was forged`;
      if (prompted.has(marker)) return `${providerMessageId} was in a prompt although it was forged`;
      return index.rowsOf(channel, providerMessageId).length > 0
        ? `${providerMessageId} was stored although it was forged`
        : null;
    },
  );
  const offered = new Set(ledger.offered.map((each) => `${each.channel}\n${each.providerMessageId}`));
  const notOffered = judge(ledger.inbox, ({ channel, providerMessageId }) =>
    offered.has(`${channel}\n${providerMessageId}`)
      ? null
      : `${channel} ${providerMessageId} was never offered`,
  );
  return merge([forged, notOffered]);
}

/** Replies to a contact arrive in the order of the messages, part by part, and no prompt lacks an earlier line. */
export function inOrder(ledger: Ledger): Verdict {
  const index = indexLedger(ledger);
  const late = judge(index.arrivalsByConversation, ([conversation, arrivals]) => {
    const wrong = arrivals.find((arrival, i) => i > 0 && arrival.rank < (arrivals[i - 1]?.rank ?? 0));
    return wrong === undefined ? null : `conversation ${conversation}: part ${wrong.partId} arrived too late`;
  });
  const contexts = judge(index.callsByTurn, ([turnId, calls]) => missingLine(turnId, calls, index));
  return merge([late, contexts]);
}

/**
 * Checks the last lines before the turn; the prompt may omit older ones to fit its limit. Lower tiers omit earlier lines by design. A turn
 * that was answered with the full context may have called a lower tier before, in an attempt whose process was killed. So one call of the
 * turn must contain all lines.
 */
function missingLine(turnId: string, calls: readonly ModelCall[], index: LedgerIndex): string | null {
  if (index.turnOf(turnId)?.tier !== "full_context") return null;
  const expected = index.markersUpTo(turnId, 3);
  const missing = calls.map(({ markers }) => expected.filter((marker) => !markers.includes(marker)));
  const [fewest = []] = missing.toSorted((a, b) => a.length - b.length);
  return fewest.length === 0 ? null : `turn ${turnId} was answered without ${fewest.join(", ")}`;
}

/** For each 2xx, the row was committed or the workflow was started before the response. A row without a commit time proves nothing. */
export function durableBeforeAck(ledger: Ledger): Verdict {
  const index = indexLedger(ledger);
  return judge(index.acknowledged, ({ channel, providerMessageId, acknowledgedAt }) => {
    const [row] = index.rowsOf(channel, providerMessageId);
    const ack = (acknowledgedAt ?? 0) + CLOCK_MS;
    // A message without a row is lost; noLoss reports it.
    if (row === undefined) return null;
    const committed = row.committedAt ?? Infinity;
    if (Math.min(committed, ledger.firstStarts.get(row.workflowId) ?? Infinity) <= ack) return null;
    return committed === Infinity
      ? `${providerMessageId} was acknowledged, and no line of a transcript has its commit time`
      : `${providerMessageId} was acknowledged ${Math.round(committed - ack)} ms before it was durable`;
  });
}

/** A turn makes at most the calls of the fallback chain and no call after its reply is committed. Every call has the words of a contact. */
export function boundedCost(ledger: Ledger): Verdict {
  const index = indexLedger(ledger);
  const turns = judge(index.callsByTurn, ([turnId, calls]) => {
    if (calls.length > CALLS_PER_TURN) return `turn ${turnId} made ${calls.length} calls`;
    const reply = index.turnOf(turnId)?.replyCommittedAt ?? Infinity;
    return calls.some(({ at }) => at > reply + CLOCK_MS)
      ? `turn ${turnId} made a call after its reply was committed`
      : null;
  });
  const idle = judge(ledger.modelCalls, ({ at, markers, hasDeletion }) =>
    markers.length === 0 && hasDeletion !== true
      ? `a call at ${new Date(at).toISOString()} has no words of a contact`
      : null,
  );
  const calls = [...index.callsByTurn.values()].flat().length;
  const mean = calls / Math.max(1, index.callsByTurn.size);
  const costly = index.callsByTurn.size >= MEAN_OF_TURNS && mean > MEAN_CALLS;
  const all = judge(costly ? [mean] : [], (each) => `${each.toFixed(2)} calls a turn`);
  return merge([turns, idle, all]);
}

/** The line numbers of each conversation have no gap, each message has one of them, and no receipt was taken back by an earlier one. */
export function appendOnly(ledger: Ledger): Verdict {
  const gaps = judge(ledger.conversations, ({ id, lines, lastSeq }) =>
    lines === lastSeq ? null : `conversation ${id} has ${lines} lines and the last number ${lastSeq}`,
  );
  const lastSeqs = new Map(ledger.conversations.map(({ id, lastSeq }) => [id, lastSeq]));
  const missing = judge(ledger.inbox, ({ providerMessageId, conversationId, seq }) =>
    seq <= (lastSeqs.get(conversationId) ?? 0)
      ? null
      : `${providerMessageId} is line ${seq} of conversation ${conversationId}, which has no such line`,
  );
  return merge([gaps, missing, keptReceipts(ledger)]);
}

/**
 * All work ended in time after the last heal: a minute, or more after a long outage. No workflow and no part is left, and no message is a
 * dead letter, because the campaign has removed every poison message by then.
 */
export function liveness(ledger: Ledger): Verdict {
  const { healedAt, settleWithinMs, idleAt, running, inbox, replyParts } = ledger;
  const tookMs = (idleAt ?? Infinity) - healedAt;
  const isLate = !(tookMs <= settleWithinMs);
  const late = judge(
    isLate ? [tookMs] : [],
    () => `work was left ${settleWithinMs / 1000} s after the last heal`,
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
  const sentLate = ledger.sends.filter(({ at }) => at > (idleAt ?? Infinity)).length;
  const isTooMany = sentLate > DEFERRED_SHARE * ledger.sends.length;
  const deferred = judge(
    isTooMany ? [sentLate] : [],
    (n) => `${n} sends were deferred until after the idle time`,
  );
  const slow = staysQuick(ledger);
  return { ...merge([late, left, dead, open, deferred, slow]), checked: inbox.length };
}

/** An answered message with an unknown part is the policy of some channels, and is counted separately. */
function isDead({ state, reason }: InboxRow): boolean {
  return state === "failed" || (state === "answered" && reason !== null && !reason.startsWith("unknown:"));
}
