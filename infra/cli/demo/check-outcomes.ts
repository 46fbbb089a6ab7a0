import type { MessageOutcomeRow } from "../../../db/inbound/message-outcomes.ts";
import type { Received } from "./receivers.ts";
import type { Offered } from "./send-message.ts";

/** The outcome of one offered message, from the receiving ends and the inbox. */
export interface CheckedMessage {
  offered: Offered;
  /** "joined": another message of the same contact was answered together with this one. */
  outcome: "answered" | "joined" | "suppressed" | "failed" | "lost" | "refused";
  reason: string | null;
  answer: string | null;
  sources: string[];
  tier: string | null;
  costUsd: number;
  /** From the webhook to the receiving end, ms. */
  latencyMs: number | null;
}

export interface CheckedRun {
  messages: CheckedMessage[];
  /** Replies at a receiving end beyond the expected one. */
  doubled: number;
  badSignatures: number;
}

export interface RunEvidence {
  offered: Offered[];
  rows: MessageOutcomeRow[];
  received: Received[];
  /** Accepted reply parts by turn. */
  parts: ReadonlyMap<string, number>;
  /** Titles of documents by turn. */
  sources: ReadonlyMap<string, string[]>;
}

/** The reason of a lost message whose reply counts as delivered in Parley. */
export const NOT_ARRIVED = "not at the receiving end";

/** Compares three independent logs: the offered messages, the inbox and the replies that arrived. */
export function checkOutcomes({ offered, rows, received, parts, sources }: RunEvidence): CheckedRun {
  const rowById = new Map(rows.map((row) => [row.providerMessageId, row]));
  const leaderOf = findLeaders(rows);
  const inbound = new Map(offered.map((item) => [item.providerMessageId, item]));
  const arrived = matchAnswers(received, { rows, inbound, parts });
  const messages = offered.map((item) =>
    checkOne(item, rowById.get(item.providerMessageId), { leaderOf, arrived, parts, sources }),
  );
  const due = new Map<string, number>();
  for (const row of rows) {
    const item = inbound.get(row.providerMessageId);
    if (row.turnId !== null && item !== undefined && leaderOf.get(row.turnId) === row.providerMessageId) {
      const to = writerOf(item);
      due.set(to, (due.get(to) ?? 0) + (parts.get(row.turnId) ?? 0));
    }
  }
  const got = Map.groupBy(received, readerOf);
  const doubled = [...got].reduce(
    (sum, [to, answers]) => sum + Math.max(0, answers.length - (due.get(to) ?? 0)),
    0,
  );
  return { messages, doubled, badSignatures: received.filter(({ signatureOk }) => !signatureOk).length };
}

interface Lookups {
  leaderOf: ReadonlyMap<string, string>;
  arrived: ReadonlyMap<string, Received[]>;
  parts: ReadonlyMap<string, number>;
  sources: ReadonlyMap<string, string[]>;
}

function checkOne(
  item: Offered,
  row: MessageOutcomeRow | undefined,
  { leaderOf, arrived, parts, sources }: Lookups,
): CheckedMessage {
  const blank = {
    offered: item,
    reason: null,
    answer: null,
    sources: [],
    tier: null,
    costUsd: 0,
    latencyMs: null,
  };
  if (item.status >= 400 && item.status < 500)
    return { ...blank, outcome: "refused", reason: `http_${item.status}` };
  if (row === undefined) return { ...blank, outcome: "lost", reason: "not_stored" };
  if (row.state === "suppressed" || row.state === "failed")
    return { ...blank, outcome: row.state, reason: row.reason };
  const answers = arrived.get(row.turnId ?? "") ?? [];
  if (row.state !== "answered") return { ...blank, outcome: "lost", reason: `still ${row.state}` };
  if (answers.length < (parts.get(row.turnId ?? "") ?? 1))
    return { ...blank, outcome: "lost", reason: NOT_ARRIVED };
  const isLeader = leaderOf.get(row.turnId ?? "") === row.providerMessageId;
  return {
    offered: item,
    outcome: isLeader ? "answered" : "joined",
    reason: row.tierReason,
    answer: answers.map(({ text }) => text).join(" "),
    sources: row.tier === "fixed_text" ? [] : (sources.get(row.turnId ?? "") ?? []),
    tier: row.tier,
    costUsd: isLeader ? (row.costUsd ?? 0) : 0,
    latencyMs: (answers.at(-1)?.at ?? item.sentAt) - item.sentAt,
  };
}

/** The first message of each turn represents the turn in the counts. */
function findLeaders(rows: MessageOutcomeRow[]): Map<string, string> {
  const first = new Map<string, MessageOutcomeRow>();
  for (const row of rows) {
    if (row.turnId !== null && row.seq < (first.get(row.turnId)?.seq ?? Infinity)) first.set(row.turnId, row);
  }
  return new Map([...first].map(([turnId, row]) => [turnId, row.providerMessageId]));
}

/** A contact is an address on one channel. The same address on another channel is another contact. */
function writerOf({ message: { channel, from } }: Offered): string {
  return `${channel}\n${from}`;
}

function readerOf({ channel, to }: Received): string {
  return `${channel}\n${to}`;
}

interface MatchInput {
  rows: MessageOutcomeRow[];
  inbound: ReadonlyMap<string, Offered>;
  parts: ReadonlyMap<string, number>;
}

/** Replies by turn. A webhook names the messages that it answers; other replies are assigned to the contact's turns in order. */
function matchAnswers(received: Received[], { rows, inbound, parts }: MatchInput): Map<string, Received[]> {
  const turnOf = new Map(rows.map((row) => [row.providerMessageId, row.turnId]));
  const turnsOf = new Map<string, string[]>();
  for (const row of rows.toSorted((a, b) => a.seq - b.seq)) {
    const item = inbound.get(row.providerMessageId);
    const contact = item === undefined ? "" : writerOf(item);
    const known = turnsOf.get(contact) ?? [];
    if (row.turnId !== null && row.state === "answered" && !known.includes(row.turnId))
      turnsOf.set(contact, [...known, row.turnId]);
  }
  const found = new Map<string, Received[]>();
  const isOpen = (turn: string) => (found.get(turn)?.length ?? 0) < (parts.get(turn) ?? 1);
  for (const answer of received) {
    const turns = turnsOf.get(readerOf(answer)) ?? [];
    const byReply = turnOf.get(answer.inReplyTo[0] ?? "");
    const turnId = byReply ?? turns.find(isOpen) ?? turns.at(-1);
    if (turnId) found.set(turnId, [...(found.get(turnId) ?? []), answer]);
  }
  return found;
}
