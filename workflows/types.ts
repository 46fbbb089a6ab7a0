import type { MessageKey, Rung } from "./names.ts";

/** Argument of the `message` workflow. */
export interface MessageInput extends MessageKey {
  tenantId: string;
  /** The message itself, encrypted (base64): only when Postgres was away at ingress and could not store it. */
  carried?: string;
}

/** What `admit` decided. */
export type Admission =
  /** This workflow holds the conversation's turn. A `notice` is answered with a fixed text, without the model. */
  | { kind: "turn"; turnId: string; plan: "answer" | "notice" | "silence"; messages: number }
  /** Another message's workflow answers this one too. */
  | { kind: "joined"; reason: "turn_running" | "newer_message" | "already_taken" }
  | { kind: "suppressed"; reason: string };

/** What `retrieve` chose for this turn; the texts stay in Postgres. */
export interface Route {
  promptVersion: string;
  indexVersion: string | null;
  models: { full: string; smaller: string };
  /** Ids of the passages the answer may stand on, best first. */
  passages: string[];
  /** Parts that were away, so that the answer stands on less: "vectors". */
  degraded: string[];
  /** False when the day's budget is spent: only rungs that cost nothing are allowed. */
  paidRungs: boolean;
}

export interface Generated {
  rung: Rung;
  model: string | null;
  inputTokens: number;
  outputTokens: number;
  costUsd: number;
}

export type Screening = { verdict: "pass"; parts: number } | { verdict: "blocked"; reason: string };

export interface Recorded {
  parts: number;
}

export type DeliveryOutcome = "answered" | "suppressed" | "failed";

export interface Delivered {
  outcome: DeliveryOutcome;
  reason: string | null;
  /** True when messages came in meanwhile: the workflow keeps the turn and answers them too. */
  more: boolean;
}

/** Result of the workflow, readable in the Temporal UI. */
export type MessageOutcome =
  | { kind: "joined"; reason: string }
  | { kind: "suppressed"; reason: string }
  | { kind: DeliveryOutcome; reason: string | null; rung: Rung; turns: number };
