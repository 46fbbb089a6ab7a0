import type { Failpoint } from "../../../../../infra/runtime/failpoint.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { OfferedMessage } from "../../load/loader.ts";
import { contactsOf, type Round } from "./run-round.ts";
import { type ProbeChannel, expectedRepliesPerMessage, type Victim } from "./points.ts";

/** What one person saw of one round. */
export interface Cell {
  /** More than one where a round keeps somebody at each of several. */
  points: readonly Failpoint[];
  victim: Victim;
  channel: ProbeChannel;
  seed: number;
  /** What they wrote. */
  messages: number;
  /** What the channel took for them, as its fake counted. */
  visible: number;
  /** Acknowledged and neither in the inbox at an end nor anywhere else. */
  lost: number;
  /** Sends that stayed `unknown`, for an operator to see. */
  unknown: number;
  /** What the first post of theirs was answered with; 0: nothing. */
  firstStatus: number;
  /** What is not as it must be, in words. */
  problems: string[];
}

/** At these the ingress dies before its answer has left, at all others after. */
const BEFORE_THE_ANSWER: ReadonlySet<Failpoint> = new Set([
  "half_body_read",
  "after_signature_check",
  "after_dedupe_insert",
  "after_message_commit",
]);

export function cellsOf(rounds: readonly Round[], ledger: Ledger, seed: number): Cell[] {
  return rounds.flatMap((round) =>
    contactsOf(round).map(({ channel, from }) => {
      const { points, victim } = round;
      const cell = { points, victim, channel, seed, ...lookAt(ledger, from) };
      return { ...cell, problems: problemsOf(cell) };
    }),
  );
}

function lookAt({ offered, inbox, sends, replyParts }: Ledger, from: string) {
  const own = offered.filter((message) => message.from === from);
  const ids = new Set(own.map(({ providerMessageId }) => providerMessageId));
  const rows = inbox.filter(({ providerMessageId }) => ids.has(providerMessageId));
  const turns = new Set(rows.map(({ turnId }) => turnId));
  return {
    messages: own.length,
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
  const { points, victim, messages, visible, lost, unknown, firstStatus } = cell;
  const { least, most } = expectedRepliesPerMessage(cell);
  const isDue = visible >= messages * least && visible <= messages * most;
  const isTaken = firstStatus >= 200 && firstStatus < 300;
  return [
    ...(messages > 0 ? [] : ["nothing was offered"]),
    ...(isDue ? [] : [`${visible} seen for ${messages} written`]),
    ...(lost === 0 ? [] : [`${lost} messages lost`]),
    // What a person does not see, an operator must.
    ...(visible >= messages || unknown > 0 ? [] : ["nobody is told of the message that was not seen"]),
    // That the point is where its word says: the process died before or after its answer.
    ...(victim !== "own" || points.some((point) => isTaken !== BEFORE_THE_ANSWER.has(point))
      ? []
      : [`the first post was answered ${firstStatus}`]),
  ];
}
