import type { MessageKey, Tier } from "./names.ts";

/** Argument of the `message` workflow. */
export interface MessageInput extends MessageKey {
  tenantId: string;
  /** The encrypted event (base64). Only set when the ingress could not store it because Postgres was unavailable. */
  inlined?: string;
}

export type InlinedInput = MessageInput & { inlined: string };

/** `failed`: the event can never be stored, and is kept for an operator. */
export type StoreInlinedResult =
  | { kind: "stored"; quietMs: number }
  /** The event is no message, so no turn follows: a deletion, an opt-out, a reply in the vendor's inbox. */
  | { kind: "applied" }
  | { kind: "failed"; reason: string };

/**
 * Where the model calls of a turn run. `local`: in a local activity of the worker that has the workflow task. `main_queue` and `model_queue`:
 * in a normal activity. The worker that executed `admit` decides.
 */
export type ModelCallPlace = "local" | "main_queue" | "model_queue";

/** This workflow owns the conversation's turn. The plan `notice` sends a fixed text without a model call. */
export interface AcquiredTurn {
  kind: "turn";
  turnId: string;
  plan: "answer" | "notice" | "silence";
  messages: number;
  modelCall: ModelCallPlace;
}

/** The decision of `admit`. */
export type AdmitResult =
  | AcquiredTurn
  /** The workflow of another message answers this one too. */
  | { kind: "joined"; reason: "turn_running" | "newer_message" | "already_taken" }
  | { kind: "suppressed"; reason: string };

/** The choices of `retrieve` for one turn. The texts stay in Postgres. */
export interface Route {
  promptVersion: string;
  indexVersion: string | null;
  models: { full: string; smaller: string };
  /** Ids of the passages that the answer may use, best first. */
  passages: string[];
  /** Why the model gets less than usual: "vectors" (unavailable), "questions_shortened:3", "history_shortened:12". */
  degraded: string[];
  /** False when the day's budget is spent: only tiers without costs are allowed. */
  paidTiers: boolean;
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

/** `superseded`: stopped before a part was sent. Its messages are answered together with a newer one. */
export type DeliveryOutcome = "answered" | "suppressed" | "failed" | "superseded";

export interface DeliverResult {
  outcome: DeliveryOutcome;
  reason: string | null;
  /** True when more messages wait: the workflow stays the turn owner and answers them too. */
  more: boolean;
}

/** Result of the workflow, readable in the Temporal UI. */
export type MessageOutcome =
  | { kind: "joined"; reason: string }
  | { kind: "suppressed"; reason: string }
  /** The inlined event is no message and is stored. */
  | { kind: "applied" }
  /** The event was inlined in the start of the workflow and cannot be stored. */
  | { kind: "failed"; reason: string }
  /** `tier`: null where the turn became a dead letter before it had a reply. */
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
  /** The class of the vendor's code: see `RefusalClass`. */
  class: string;
  /** The turn that sends the part again, or null where it must not be sent again. */
  turnId: string | null;
}

/** Argument of the `handoff` workflow. */
export interface HandoffInput {
  tenantId: string;
  conversationId: string;
  /** When the handoff was requested (ISO 8601, ms). It distinguishes the handoff from a later one of the same conversation. */
  since: string;
  /** How long agents have to take the conversation over, seconds. */
  timeoutS: number;
}

export interface HandoffResult {
  outcome: "taken_over" | "timed_out" | "withdrawn";
  /** The turn that informs the contact that no agent came, or null. */
  turnId: string | null;
}

/** The last chunk that a pass has read. */
export interface ChunkCursor {
  tenantId: string;
  chunkId: string;
}

/** Argument of the `reindex` workflow. */
export interface ReindexInput {
  versionId: string;
  /** The index is new and empty: the first pass need not ask which vectors it has. */
  isFresh: boolean;
  /** The state at the end of the run before this one. */
  progress?: ReindexProgress;
}

/** The response of the query `progress`. `seen` and `missing` count the current pass, `embedded` counts all passes. */
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
  /** The version that was live before, or null where the promotion changed nothing. */
  retired: string | null;
}

/** Argument of the `event` workflow. */
export interface EventInput {
  eventId: string;
  endpointId: string;
}

export interface SendEventResult {
  /** `waiting`: PostgreSQL has the time of the next attempt. `gone`: the endpoint responded with 410, or it was deleted. */
  outcome: "delivered" | "failed" | "gone" | "waiting";
  /** The code of the last attempt, or null after a success. */
  code: string | null;
  attempts: number;
}
