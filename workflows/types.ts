import type { MessageKey, Tier } from "./names.ts";

/** Argument of the `message` workflow. */
export interface MessageInput extends MessageKey {
  tenantId: string;
  /** The message itself, encrypted (base64): only when Postgres was away at ingress and could not store it. */
  inlined?: string;
}

/** What `admit` decided. */
export type AdmitResult =
  /** This workflow holds the conversation's turn. A `notice` is answered with a fixed text, without the model. */
  | { kind: "turn"; turnId: string; plan: "answer" | "notice" | "silence"; messages: number }
  /** Another message's workflow answers this one too. */
  | { kind: "joined"; reason: "turn_running" | "newer_message" | "already_taken" }
  | { kind: "suppressed"; reason: string }
  /** It travelled in the workflow's start and cannot be stored. */
  | { kind: "failed"; reason: string };

/** What `retrieve` chose for this turn; the texts stay in Postgres. */
export interface Route {
  promptVersion: string;
  indexVersion: string | null;
  models: { full: string; smaller: string };
  /** Ids of the passages the answer may stand on, best first. */
  passages: string[];
  /** Why the answer stands on less: "vectors" (away), "questions_shortened:3", "history_shortened:12". */
  degraded: string[];
  /** False when the day's budget is spent: only tiers that cost nothing are allowed. */
  paidTiers: boolean;
  /** True where the worker that looked makes the model calls as well. */
  modelOnMainQueue?: boolean;
}

export interface GenerateResult {
  tier: Tier;
  model: string | null;
  inputTokens: number;
  outputTokens: number;
  costUsd: number;
}

export type ScreenResult = { verdict: "pass"; parts: number } | { verdict: "blocked"; reason: string };

export interface RecordResult {
  parts: number;
}

/** `superseded`: given up before anything was sent, to be answered together with a newer message. */
export type DeliveryOutcome = "answered" | "suppressed" | "failed" | "superseded";

export interface DeliverResult {
  outcome: DeliveryOutcome;
  reason: string | null;
  /** True when messages came in meanwhile: the workflow keeps the turn and answers them too. */
  more: boolean;
}

/** Result of the workflow, readable in the Temporal UI. */
export type MessageOutcome =
  | { kind: "joined"; reason: string }
  | { kind: "suppressed"; reason: string }
  | { kind: "failed"; reason: string }
  /** `tier`: null where the turn was given up before there was an answer. */
  | { kind: DeliveryOutcome; reason: string | null; tier: Tier | null; turns: number };

/** Argument of the `reply` workflow. */
export interface ReplyInput {
  turnId: string;
}

/** Argument of the `repair` workflow. */
export interface RepairInput {
  deliveryId: string;
}

export interface RepairResult {
  /** What the vendor's code means: see `RefusalClass`. */
  class: string;
  /** The turn that sends the part again, or null where that would be wrong. */
  turnId: string | null;
}

/** Argument of the `handoff` workflow. */
export interface HandoffInput {
  tenantId: string;
  conversationId: string;
  /** When it was asked for (ISO 8601, ms): tells it from a later one of the same conversation. */
  since: string;
  /** How long somebody has to claim the conversation, seconds. */
  timeoutS: number;
}

export interface HandoffResult {
  outcome: "taken_over" | "timed_out" | "withdrawn";
  /** The turn that tells the person that nobody came, or null. */
  turnId: string | null;
}

/** A place in the walk through all chunks: the last one that was looked at. */
export interface ChunkCursor {
  tenantId: string;
  chunkId: string;
}

/** Argument of the `reindex` workflow. */
export interface ReindexInput {
  versionId: string;
  /** The index was made for this: the first walk need not ask what is in it. */
  isFresh: boolean;
  /** Where a run before this one had come to. */
  progress?: ReindexProgress;
}

/** What the query `progress` answers; counts of the present walk, and of all of them in `embedded`. */
export interface ReindexProgress {
  pass: number;
  seen: number;
  missing: number;
  embedded: number;
  after: ChunkCursor | null;
}

export interface ReindexResult {
  chunks: number;
  embedded: number;
  passes: number;
  /** The version that was used before, or null where this one was already. */
  retired: string | null;
}

/** Argument of the `event` workflow. */
export interface EventInput {
  eventId: string;
  endpointId: string;
}

export interface SendEventResult {
  /** `gone`: the endpoint answered 410, or it was deleted. */
  outcome: "delivered" | "failed" | "gone";
  /** What the last attempt came to, or null where it went well. */
  code: string | null;
  attempts: number;
}
