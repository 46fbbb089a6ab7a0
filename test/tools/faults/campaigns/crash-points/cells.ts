import type { Failpoint } from "../../../../../infra/runtime/failpoint.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { Supersede } from "../../environment/supersede.ts";
import type { OfferedMessage } from "../../load/loader.ts";
import { contactsOf, type Round } from "./run-round.ts";
import { type ProbeChannel, expectedRepliesPerMessage, type Victim } from "./points.ts";
import type { Shape } from "../../shape.ts";

/** The result of one contact in one round. */
export interface Cell {
  /** More than one when a round holds contacts at several points. */
  points: readonly Failpoint[];
  victim: Victim;
  channel: ProbeChannel;
  shape: Shape;
  seed: number;
  /** Messages of the contact. */
  messages: number;
  /** One reply for each message, or for each turn where a newer message takes the older ones into its turn. */
  owed: number;
  /** Replies that the fake of the channel accepted for the contact. */
  visible: number;
  /** Messages without an acknowledgement or without an outcome in the inbox. */
  lost: number;
  /** Sends that stayed `unknown`; an operator sees them. */
  unknown: number;
  /** The status of the response to the first post; 0 without a response. */
  firstStatus: number;
  /** Sentences about results that differ from the policy. */
  problems: string[];
}

/** At these points the ingress dies before its response has left, at all others after it. */
const BEFORE_RESPONSE: ReadonlySet<Failpoint> = new Set([
  "half_body_read",
  "after_signature_check",
  "after_dedupe_insert",
  "after_message_commit",
]);

export function cellsOf(
  rounds: readonly Round[],
  ledger: Ledger,
  { seed, supersede }: { seed: number; supersede: Supersede },
): Cell[] {
  return rounds.flatMap((round) =>
    contactsOf(round).map(({ channel, from }) => {
      const { points, victim, shape } = round;
      const { turns, ...results } = countResults(ledger, from);
      const owed = supersede === "regenerate" ? turns : results.messages;
      const cell = { points, victim, channel, shape, seed, owed, ...results };
      return { ...cell, problems: problemsOf(cell) };
    }),
  );
}

function countResults({ offered, inbox, sends, replyParts }: Ledger, from: string) {
  const own = offered.filter((message) => message.from === from);
  const ids = new Set(own.map(({ providerMessageId }) => providerMessageId));
  const rows = inbox.filter(({ providerMessageId }) => ids.has(providerMessageId));
  const turns = new Set(rows.map(({ turnId }) => turnId));
  return {
    messages: own.length,
    turns: turns.size,
    visible: sends.filter(({ to }) => to === from).length,
    lost: own.filter((message) => isLost(message, rows)).length,
    unknown: replyParts.filter(({ turnId, state }) => turns.has(turnId) && state === "unknown").length,
    firstStatus: own[0]?.attempts[0]?.status ?? 0,
  };
}

function isLost(message: OfferedMessage, rows: Ledger["inbox"]): boolean {
  const row = rows.find(({ providerMessageId }) => providerMessageId === message.providerMessageId);
  const isEnded = row !== undefined && !["pending", "in_turn"].includes(row.state);
  return message.acknowledgedAt === null || !isEnded;
}

function problemsOf(cell: Omit<Cell, "problems">): string[] {
  const { points, victim, messages, owed, visible, lost, unknown, firstStatus } = cell;
  const { least, most } = expectedRepliesPerMessage(cell);
  const isAllowed = visible >= owed * least && visible <= owed * most;
  const isAccepted = firstStatus >= 200 && firstStatus < 300;
  return [
    ...(messages > 0 ? [] : ["nothing was offered"]),
    ...(isAllowed ? [] : [`${visible} replies to ${messages} messages`]),
    ...(lost === 0 ? [] : [`${lost} messages lost`]),
    // An operator must see each missing reply.
    ...(visible >= owed || unknown > 0 ? [] : ["no operator sees the missing reply"]),
    // Checks that the point is at the place that its name says: the process died before or after its response.
    ...(victim !== "own" || points.some((point) => isAccepted !== BEFORE_RESPONSE.has(point))
      ? []
      : [`the response to the first post was ${firstStatus}`]),
  ];
}
