import type { ChannelAccount, ChannelName } from "../../db/tenants/channel-account.ts";
import type { EgressGuard } from "../../infra/runtime/network/egress-guard.ts";

/** What a refusal means for the next step; one table per channel says which vendor answer is which. */
export type RefusalClass = "retry" | "throttle" | "permanent" | "optout" | "window" | "config" | "gone";

export type SendOutcome =
  | { kind: "accepted"; providerId: string }
  /** The vendor certainly did not take it. `retryAfterMs` is the vendor's own wait, clamped to 24 h. */
  | { kind: "refused"; class: RefusalClass; code: string; retryAfterMs: number | null }
  /** The request left and no answer came: the vendor may or may not have taken it. */
  | { kind: "unknown"; code: string };

/** Where a message goes: a person, and which conversation with them. */
export interface Recipient {
  /** The person's address on the channel. */
  to: string;
  /** The inbound half's `thread`, or "" for a direct conversation. */
  thread: string;
}

/** One part of a reply on its way to one person. */
export interface ReplyPart extends Recipient {
  /** Stable over all attempts (a UUID): the idempotency key where the channel takes one. */
  deliveryId: string;
  conversationId: string;
  text: string;
  /** 1-based. */
  part: number;
  parts: number;
  /** Provider ids of the inbound messages this reply answers, oldest first; empty for a human's own message. */
  inReplyTo: readonly string[];
  /** Titles of the documents the answer stands on. */
  sources: readonly string[];
  /** When the first attempt was marked: a reconciliation query looks no further back. */
  firstAttemptAt: Date;
  /** Who speaks: some channels tell people and machines apart (Messenger's HUMAN_AGENT tag). */
  author: "assistant" | "agent";
  /** Set where the reply window is closed: send this approved template with `text` as its one body parameter. */
  template?: { name: string; language: string };
}

export type Reconciliation = { kind: "found"; providerId: string } | { kind: "absent" } | { kind: "unknown" };

/** A token bucket: `capacity` sends at once, refilled at a steady rate. */
export interface SendRate {
  capacity: number;
  refillPerSecond: number;
}

/** The outbound half of a channel: one call is one attempt, and it never retries by itself. */
export interface OutboundChannel {
  name: ChannelName;
  /**
   * What an ambiguous send costs: `idempotency-key` channels repeat it freely, `reconcile` channels ask the vendor first,
   * and `at-most-once` channels leave it as `unknown`.
   */
  deliveryClass: "idempotency-key" | "reconcile" | "at-most-once";
  /** True where the vendor reports what became of a sent message. */
  receipts: boolean;
  /** How long after the person's last message free text may be sent, ms; null where there is no such rule. */
  replyWindowMs: number | null;
  /** The same for a human's own words, where the vendor gives people longer (Messenger: 7 days). */
  agentReplyWindowMs?: number;
  /** What the vendor allows per sending account and per person; a send that has no token waits. */
  rates: { account: SendRate; recipient: SendRate };
  /** Wait before attempt n (1-based, attempt 1 is the first) in ms, or null when the delivery becomes a dead letter. */
  delayBeforeAttemptMs(attempt: number): number | null;
  split(text: string): string[];
  send(part: ReplyPart, account: ChannelAccount, signal: AbortSignal): Promise<SendOutcome>;
  reconcile?(part: ReplyPart, account: ChannelAccount, signal: AbortSignal): Promise<Reconciliation>;
  /** Shows the person that an answer is being made. Best effort: a failure is swallowed by the caller. */
  indicateTyping?(
    recipient: Recipient & { inReplyTo: readonly string[] },
    account: ChannelAccount,
    signal: AbortSignal,
  ): Promise<void>;
  /** What a late failure (a receipt with this code) means; absent where receipts cannot fail. */
  classifyReceipt?(code: string): RefusalClass;
}

/** What every outbound half is made from. */
export interface OutboundOptions {
  egress: EgressGuard;
  /** The vendor's API, without a slash at its end; a fake in development. */
  baseUrl: string;
  now(): Date;
  /** Numbers in [0, 1), for jitter. */
  random(): number;
}
