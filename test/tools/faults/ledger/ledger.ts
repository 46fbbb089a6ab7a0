import type { Received } from "../../../../infra/cli/demo/receivers.ts";
import type { DoneDeed } from "../load/deed.ts";
import type { OfferedMessage } from "../load/loader.ts";

/** The second log: one completion request that the fake model received. */
export interface ModelCall {
  /** When it was carried out, just before its response. */
  at: number;
  /** The port of its connection. */
  peerPort?: number;
  /** The HTTP status of the response, or "cut" (not carried out) or "dropped" (carried out without a response). */
  status: number | "cut" | "dropped";
  /** The markers of the messages in the prompt, in their order. */
  markers: string[];
  /** The contact deleted a message during its turn, so its words are not in the prompt. */
  hasDeletion?: boolean;
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
  /** Commit time of the row in the transcript as PostgreSQL recorded it, ms; null when it is unknown. */
  committedAt: number | null;
}

export interface TurnRow {
  id: string;
  conversationId: string;
  /** ms */
  openedAt: number;
  state: "open" | "closed";
  outcome: string | null;
  plan: string;
  /** The fixed text that the turn sends, or null. */
  notice: string | null;
  tier: string | null;
  /** The turn whose text it sends in another conversation, or null. */
  reroutedFrom: string | null;
  /** Commit time of the row of the reply, ms; null without a reply. */
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
  /** The furthest state that the vendor reported, or null. */
  receipt: string | null;
  /** When the first attempt was recorded, ms; null before it. */
  firstAttemptAt: number | null;
  lastAttemptAt: number | null;
}

/** An outgoing event of the load, with the delivery to its endpoint. */
export interface EventRow {
  id: string;
  type: string;
  /** Null before its delivery is written. */
  state: "pending" | "delivered" | "failed" | null;
  code: string | null;
  attempts: number;
  /** It was attempted, and its next attempt is not due yet. */
  isDeferred: boolean;
}

/** The number of lines and the last line number of a transcript. */
export interface ConversationRow {
  id: string;
  lines: number;
  lastSeq: number;
}

/** A time in which a process computed without a pause. */
export interface Stall {
  process: string;
  at: number;
  durationMs: number;
  /** The CPU time of the main thread in this time, ms. */
  cpuMs: number;
  /** The activities that ran. */
  steps: readonly string[];
}

/** An outgoing request of a Parley process. */
export interface Departure {
  /** Of the process that sent it. */
  pid: number;
  path: string;
  /** The local port of its connection, which the receiver sees too. */
  port: number;
  /** When its bytes were written to the connection, ms. */
  at: number;
}

interface Period {
  from: number;
  until: number;
}

/** A time in which a fault could lose the response of a send. Then `unknown` is the right state of its part. */
export interface AmbiguousTime extends Period {
  /** The number of lost responses, if it is known. */
  responses?: number;
}

export interface FaultTime extends Period {
  name: string;
  /** What it hits. */
  target: string;
  /** The times that this fault alone may not make slow; `recovery`: they are normal soon after it. */
  quick?: "acknowledgements" | "answers" | "recovery";
}

/** Completions of the model by the place that the histories show. */
export interface CallPlaces {
  in_workflow_task: number;
  over_queue: number;
}

/** Four independent logs: of the loader, of the model, of the receivers, and the stores of the system itself. */
export interface Ledger {
  offered: readonly OfferedMessage[];
  /** What contacts and agents did, apart from ordinary messages. */
  deeds: readonly DoneDeed[];
  /** Stalls of the event loops of all Parley processes, from their own logs. */
  stalls: readonly Stall[];
  departures: readonly Departure[];
  modelCalls: readonly ModelCall[];
  callPlaces: CallPlaces;
  /** Where the shapes of the campaign make their model calls. */
  expectedPlaces: readonly (keyof CallPlaces)[];
  sends: readonly Received[];
  inbox: readonly InboxRow[];
  turns: readonly TurnRow[];
  replyParts: readonly PartRow[];
  conversations: readonly ConversationRow[];
  events: readonly EventRow[];
  /** The ids of the events that reached their endpoint. */
  arrivedEvents: readonly string[];
  /** Whether the tenant of the load has an endpoint. */
  expectsEvents: boolean;
  /** Parley workflows that still run, with the attempts of their current workflow task. */
  running: readonly { workflowId: string; taskAttempts: number }[];
  /** When Temporal or a spool first stored a message, ms, by workflow id. Only for messages that were acknowledged before their row. */
  firstStarts: ReadonlyMap<string, number>;
  /** When all faults were over, ms. */
  healedAt: number;
  /** The time limit for all remaining work after that, ms. */
  settleWithinMs: number;
  /** When no work was left, ms; null when work was left at the time limit. */
  idleAt: number | null;
  /** The reasons of dead letters that the campaign causes on purpose. Default: none. */
  expectedDeadLetterReasons?: readonly string[];
  /** Outside of these times no part may become `unknown`. */
  ambiguousTimes: readonly AmbiguousTime[];
  /** When each fault was active. Default: it is not known. */
  faultTimes?: readonly FaultTime[];
}
