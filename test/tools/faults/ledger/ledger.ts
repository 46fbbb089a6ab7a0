import type { Received } from "../../../../infra/cli/demo/receivers.ts";
import type { OfferedMessage } from "../load/loader.ts";

/** The second log: one completion request, as the model's fake got it. */
export interface ModelCall {
  at: number;
  /** The status it answered with, or "cut" (not executed) or "dropped" (executed, no answer). */
  status: number | "cut" | "dropped";
  /** The words of the messages in the prompt, in their order. */
  markers: string[];
}

/** The fourth log, from the database: one inbound message. */
export interface InboxRow {
  channel: string;
  providerMessageId: string;
  workflowId: string;
  conversationId: string;
  seq: number;
  state: "pending" | "in_turn" | "answered" | "suppressed" | "failed";
  reason: string | null;
  turnId: string | null;
  /** When the transcript's row was committed, by the database's own record (ms); null where it forgot. */
  committedAt: number | null;
}

export interface TurnRow {
  id: string;
  conversationId: string;
  state: "open" | "closed";
  outcome: string | null;
  plan: string;
  tier: string | null;
  /** When the reply's row was committed, ms; null where there is none. */
  replyCommittedAt: number | null;
}

export interface PartRow {
  id: string;
  turnId: string;
  part: number;
  state: string;
  attempt: number;
  providerId: string | null;
  code: string | null;
  /** When the first attempt was marked, ms; null where there was none. */
  firstAttemptAt: number | null;
}

/** What the transcript's numbers come to. */
export interface ConversationRow {
  id: string;
  lines: number;
  lastSeq: number;
}

/** Four logs, each written by somebody else: loader, model, receiving ends, and the stores of the system itself. */
export interface Ledger {
  offered: readonly OfferedMessage[];
  modelCalls: readonly ModelCall[];
  sends: readonly Received[];
  inbox: readonly InboxRow[];
  turns: readonly TurnRow[];
  replyParts: readonly PartRow[];
  conversations: readonly ConversationRow[];
  /** Workflows of ours that still run, and how often their present workflow task was tried. */
  running: readonly { workflowId: string; taskAttempts: number }[];
  /** When Temporal (or a spool) first had a message (ms), by its workflow, where the row came after the acknowledgement. */
  firstStarts: ReadonlyMap<string, number>;
  /** When all faults were over, ms. */
  healedAt: number;
  /** How long everything may take to end after that, ms. */
  settleWithinMs: number;
  /** When nothing was left to do, ms; null where something was when the time was up. */
  idleAt: number | null;
  /** Reasons of dead letters that the fault brings about by its nature; by default there are none. */
  expectedDeadLetterReasons?: readonly string[];
}
