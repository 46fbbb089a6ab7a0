import type { Verdict } from "../campaign.ts";
import type { InboxRow, Ledger, ModelCall } from "./ledger.ts";
import { indexLedger, type Indexed } from "./index-ledger.ts";

/** Clocks of one machine, in whole milliseconds on one side. */
const CLOCK_MS = 2;
/** Full context twice, compressed context, smaller model: all that a ladder may pay for. */
const CALLS_PER_TURN = 4;
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
    return answerProblem(row, index);
  });
}

function answerProblem({ providerMessageId, turnId }: InboxRow, index: Indexed): string | null {
  const parts = index.partsOf(turnId ?? "");
  // A part that is "unknown" may have arrived or not: the vendor never said, and an operator sees it.
  if (!parts.some(({ state }) => state === "accepted" || state === "unknown"))
    return `${providerMessageId} is answered by a turn of which no part was sent`;
  const missing = parts.filter((part) => part.state === "accepted" && index.sendsOf(part).length === 0);
  return missing.length === 0
    ? null
    : `${providerMessageId}: part ${missing[0]?.id} is accepted and did not arrive`;
}

/** No part arrived twice, nothing arrived that no part stands behind, and no turn sent what answers no message. */
export function noDoubleAnswer(ledger: Ledger): Verdict {
  const index = indexLedger(ledger);
  const twice = judge(ledger.parts, (part) => {
    const arrived = index.sendsOf(part).length;
    return arrived > 1
      ? `part ${part.id} (${part.state}, attempt ${part.attempt}) arrived ${arrived} times`
      : null;
  });
  const stray = judge(index.straySends, ({ channel, to, id }) => `${channel} ${id} to ${to} is no part's`);
  const idle = judge(ledger.turns, ({ id, plan }) => {
    const accepted = index.partsOf(id).some(({ state }) => state === "accepted");
    return plan === "answer" && accepted && !index.hasMessages(id)
      ? `turn ${id} was sent and answers no message`
      : null;
  });
  return merge([twice, stray, idle]);
}

/** What nobody signed is in no inbox, and was never called taken. */
export function nothingForged(ledger: Ledger): Verdict {
  const index = indexLedger(ledger);
  const forged = ledger.offered.filter((message) => message.forged);
  return judge(forged, ({ channel, providerMessageId, tries }) => {
    if (tries.some(({ status }) => status >= 200 && status < 300))
      return `${providerMessageId} was taken though forged`;
    return index.rowsOf(channel, providerMessageId).length > 0
      ? `${providerMessageId} was stored though forged`
      : null;
  });
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
function missingLine(turnId: string, call: ModelCall, index: Indexed): string | null {
  // Lower rungs leave earlier lines out by design, and the first call that arrived may have been one of theirs.
  if (index.turnOf(turnId)?.rung !== "full_context") return null;
  const inPrompt = new Set(call.markers);
  const missing = index.markersUpTo(turnId, 3).filter((marker) => !inPrompt.has(marker));
  return missing.length === 0 ? null : `turn ${turnId} was answered without ${missing.join(", ")}`;
}

/** For each 2xx the row was committed, or the workflow started, no later. */
export function durableBeforeAck(ledger: Ledger): Verdict {
  const index = indexLedger(ledger);
  const judged = index.acknowledged.filter(({ channel, providerMessageId }) =>
    index.rowsOf(channel, providerMessageId).some(({ committedAt }) => committedAt !== null),
  );
  return judge(judged, ({ channel, providerMessageId, acknowledgedAt }) => {
    const [row] = index.rowsOf(channel, providerMessageId);
    const ack = (acknowledgedAt ?? 0) + CLOCK_MS;
    if (row === undefined || (row.committedAt ?? 0) <= ack) return null;
    const start = ledger.firstStarts.get(row.workflowId);
    if (start !== undefined && start <= ack) return null;
    return `${providerMessageId} was acknowledged ${Math.round((row.committedAt ?? 0) - ack)} ms before it was durable`;
  });
}

/** A turn pays for its ladder at most, and for nothing once its reply stands in the transcript. */
export function boundedCost(ledger: Ledger): Verdict {
  const index = indexLedger(ledger);
  return judge(index.callsByTurn, ([turnId, calls]) => {
    if (calls.length > CALLS_PER_TURN) return `turn ${turnId} made ${calls.length} calls`;
    const reply = index.turnOf(turnId)?.replyCommittedAt ?? Infinity;
    return calls.some(({ at }) => at > reply + CLOCK_MS)
      ? `turn ${turnId} made a call after its reply stood`
      : null;
  });
}

/** The numbers of each conversation's lines have no gap. */
export function appendOnly(ledger: Ledger): Verdict {
  return judge(ledger.conversations, ({ id, lines, lastSeq }) =>
    lines === lastSeq ? null : `conversation ${id} has ${lines} lines and counts to ${lastSeq}`,
  );
}

/** Everything had ended in time after the last heal (a minute, where no backlog has to be worked off), and no workflow is left. */
export function liveness({ healedAt, restWithinMs, quietAt, running, inbox }: Ledger): Verdict {
  const tookMs = (quietAt ?? Infinity) - healedAt;
  const late = tookMs <= restWithinMs ? [] : [`not at rest ${restWithinMs / 1000} s after the last heal`];
  const left = running.map(
    ({ workflowId, taskAttempts }) => `${workflowId} still runs (task attempt ${taskAttempts})`,
  );
  return {
    ok: late.length + left.length === 0,
    checked: inbox.length,
    violations: [...late, ...left].slice(0, SHOWN),
  };
}

/** A run in which hardly anything was taken in shows nothing. */
export function notTrivial(ledger: Ledger): Verdict {
  const honest = ledger.offered.filter(({ forged }) => !forged);
  const taken = honest.filter(({ acknowledgedAt }) => acknowledgedAt !== null).length;
  const ok = honest.length > 0 && taken >= 0.95 * honest.length;
  return {
    ok,
    checked: honest.length,
    violations: ok ? [] : [`${taken} of ${honest.length} messages were taken`],
  };
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
