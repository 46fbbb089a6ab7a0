import type { ChannelAccount, ChannelName } from "../../db/channel-account.ts";

/** What a refusal means for the next step; one table per channel says which vendor answer is which. */
export type RefusalClass = "retry" | "throttle" | "permanent" | "optout" | "window" | "config" | "gone";

export type SendOutcome =
  | { kind: "accepted"; providerId: string }
  /** The vendor certainly did not take it. `retryAfterMs` is the vendor's own wait, clamped to 24 h. */
  | { kind: "refused"; class: RefusalClass; code: string; retryAfterMs: number | null }
  /** The request left and no answer came: the vendor may or may not have taken it. */
  | { kind: "unknown"; code: string };

/** One part of a reply on its way to one person. */
export interface OutboundPart {
  /** Stable over all attempts: the idempotency key where the channel takes one. */
  deliveryId: string;
  conversationId: string;
  /** The person's address on the channel. */
  to: string;
  text: string;
  part: number;
  parts: number;
  /** Provider ids of the inbound messages this reply answers, oldest first. */
  inReplyTo: readonly string[];
  /** Titles of the documents the answer stands on. */
  sources: readonly string[];
  /** When the first attempt was marked: a reconciliation query looks no further back. */
  firstAttemptAt: Date;
}

export type Reconciliation = { kind: "found"; providerId: string } | { kind: "absent" } | { kind: "unknown" };

/** The outbound half of a channel: one call is one attempt, and it never retries by itself. */
export interface OutboundChannel {
  name: ChannelName;
  /**
   * What an ambiguous send costs: `idempotency-key` channels repeat it freely, `reconcile` channels ask the vendor first,
   * and `at-most-once` channels leave it as `unknown`.
   */
  deliveryClass: "idempotency-key" | "reconcile" | "at-most-once";
  /** Wait before attempt n (1-based, attempt 1 is the first) in ms, or null when the delivery becomes a dead letter. */
  delayBeforeAttemptMs(attempt: number): number | null;
  split(text: string): string[];
  send(part: OutboundPart, account: ChannelAccount, signal: AbortSignal): Promise<SendOutcome>;
  reconcile?(part: OutboundPart, account: ChannelAccount, signal: AbortSignal): Promise<Reconciliation>;
}
