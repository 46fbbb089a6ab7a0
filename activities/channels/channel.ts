import type { ReplyText, TextMark } from "../../db/delivery/reply-text.ts";
import type { ChannelAccount, ChannelName } from "../../db/tenants/channel-account.ts";
import type { CallSignal, EgressGuard } from "../../infra/runtime/network/egress-guard.ts";
import type { Notation } from "./notation/notation.ts";
import type { Reconciliation } from "./reconciliation.ts";

/** The next step after a refusal. Each channel has a table of its vendor's responses. */
export type RefusalClass = "retry" | "throttle" | "permanent" | "optout" | "window" | "config" | "gone";

export type SendOutcome =
  | { kind: "accepted"; providerId: string }
  /** The vendor certainly did not take it. `retryAfterMs` is the wait that the vendor asks for, at most 24 h. */
  | { kind: "refused"; class: RefusalClass; code: string; retryAfterMs: number | null }
  /** The request was sent and no response arrived: the vendor may or may not have taken it. */
  | { kind: "unknown"; code: string }
  /** Nothing was sent, because the call could not begin in time. */
  | { kind: "late"; code: string };

/** The contact and the conversation that a message goes to. */
export interface Recipient {
  /** The contact's address on the channel. */
  to: string;
  /** The inbound half's `thread`, or "" for a direct conversation. */
  thread: string;
}

/** One reply part for one contact. */
export interface ReplyPart extends Recipient {
  /** The same on all attempts (a UUID): the idempotency key where the channel takes one. */
  deliveryId: string;
  conversationId: string;
  /** In the notation of the channel. */
  text: string;
  /** For a channel whose notation is `separate`. */
  marks: readonly TextMark[];
  /** 1-based. */
  part: number;
  parts: number;
  /** Provider ids of the inbound messages that this reply answers, oldest first; empty for an agent's own message. */
  inReplyTo: readonly string[];
  /** Titles of the documents that the reply is based on. */
  sources: readonly string[];
  /** The time of the first attempt: a reconciliation searches no earlier messages. */
  firstAttemptAt: Date;
  /** The author: some vendors treat agents and assistants differently (Messenger's HUMAN_AGENT tag). */
  author: "assistant" | "agent";
  /** Set where the reply window is closed: send this approved template with `text` as its only body parameter. */
  template?: { name: string; language: string };
}

/** A part whose response was lost. */
export interface LostPart extends ReplyPart {
  /** Time since the last attempt began, by the database's clock, ms. */
  sinceAttemptMs: number;
  /** Which of these vendor ids belong to other parts of ours: two parts with equal texts are two messages at the vendor. */
  findOtherParts(providerIds: readonly string[]): Promise<ReadonlySet<string>>;
}

/** A token bucket: `capacity` sends at once, refilled at a steady rate. */
export interface SendRate {
  capacity: number;
  refillPerSecond: number;
}

/** The outbound half of a channel. One call is one attempt; it never retries by itself. */
export interface OutboundChannel {
  name: ChannelName;
  /**
   * The rule after a send with an unknown outcome. `idempotency-key` channels repeat it, `reconcile` channels ask the vendor
   * first, and `at-most-once` channels leave it as `unknown`.
   */
  deliveryClass: "idempotency-key" | "reconcile" | "at-most-once";
  /** Of an `idempotency-key` channel: how long after the first attempt the vendor drops a repeated send, ms. Absent: for ever. */
  keyLivesMs?: number;
  /** True where the vendor reports the later states of a message. */
  receipts: boolean;
  /** How long after the contact's last message free text may be sent, ms; null where there is no such rule. */
  replyWindowMs: number | null;
  /** The same for an agent's messages, where the vendor allows more time (Messenger: 7 days). */
  agentReplyWindowMs?: number;
  /** The vendor's limits per account address and per contact. A send without a token waits. */
  rates: { account: SendRate; recipient: SendRate };
  /** Wait before attempt n (1-based, attempt 1 is the first) in ms, or null when the delivery becomes a dead letter. */
  delayBeforeAttemptMs(attempt: number): number | null;
  /** How the channel writes the marks of a reply. */
  notation: Notation;
  /** The parts of a reply. The vendor takes each of them as it is. */
  split(reply: ReplyText): ReplyText[];
  /** `signal` goes unchanged to the egress guard, because it also says until when the call may begin. */
  send(part: ReplyPart, account: ChannelAccount, signal: CallSignal): Promise<SendOutcome>;
  reconcile?(part: LostPart, account: ChannelAccount, signal: AbortSignal): Promise<Reconciliation>;
  /** Shows the contact that a reply is being written. Any 2xx counts as accepted; the caller ignores failures. */
  indicateTyping?(
    recipient: Recipient & { inReplyTo: readonly string[] },
    account: ChannelAccount,
    signal: AbortSignal,
  ): Promise<void>;
  /** The class of a late failure, by the code of its receipt; absent where receipts report no failures. */
  classifyReceipt?(code: string): RefusalClass;
}

/** The dependencies of every outbound half. */
export interface OutboundOptions {
  egress: EgressGuard;
  /** The URL that replies go to, without a slash at the end; a fake in development. */
  baseUrl: string;
  now(): Date;
  /** Numbers in [0, 1), for jitter. */
  random(): number;
}
