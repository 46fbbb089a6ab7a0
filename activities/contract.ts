import type { Tier } from "../workflows/names.ts";
import type {
  AdmitResult,
  DeliverResult,
  SendEventResult,
  EventInput,
  GenerateResult,
  HandoffResult,
  HandoffInput,
  ChunkCursor,
  MessageInput,
  RecordResult,
  RepairInput,
  RepairResult,
  Route,
  ScreenResult,
} from "../workflows/types.ts";

export interface TurnStep {
  turnId: string;
}

export interface DeadLetterStep {
  /** Null where the step failed before the workflow knew its turn. */
  turnId: string | null;
  /** Why, in a word. */
  reason: string;
}

export interface TierStep extends TurnStep {
  tier: Tier;
  /** Why the tiers above were not used, or null on the first. */
  reason: string | null;
}

/**
 * The six steps of a message, in the order of its history, and the one that ends it where they cannot. Each of the six can also raise
 * Poison. Types only: an import of an implementation from here would drag Node's types into the workflow check.
 */
export interface MessageActivities {
  /**
   * Stores a carried message, takes the rate tokens, claims the conversation's turn, honours STOP, START and HELP, reserves money.
   * Idempotency: the workflow id (a turn it already holds is returned again). Retry: patient. Failures: none. Limit: 8 s.
   */
  admit(input: MessageInput): Promise<AdmitResult>;

  /**
   * Reads the transcript, masks, searches the knowledge base, chooses the route and stores the context of the turn.
   * Idempotency: the turn's stored context. Retry: patient. Failures: none (a part that is away is named in `degraded`). Limit: 8 s.
   */
  retrieve(step: TurnStep): Promise<Route>;

  /**
   * One model call for one tier, or a free tier's text. The response is stored before this returns.
   * Idempotency: (turn, tier). Retry: two attempts, then the next tier. Limit: 20 s, later tiers 10 s.
   * Failures: ModelDown, ModelThrottled, ModelRefused, ContextTooLong, CompletionUnusable, CacheMiss.
   */
  generate(step: TierStep): Promise<GenerateResult>;

  /**
   * Leak and policy checks on the reply, masks undone, split to the channel's limits.
   * Idempotency: pure over the stored response. Retry: patient. Failures: none. Limit: 8 s.
   */
  screen(step: TierStep): Promise<ScreenResult>;

  /**
   * Writes reply, usage, cost, version stamp and one delivery row per part in one transaction.
   * Idempotency: the turn's delivery rows. Retry: patient. Failures: none. Limit: 8 s.
   */
  record(step: TierStep): Promise<RecordResult>;

  /**
   * The gate, the sends, their outcomes; then the end of the turn.
   * Idempotency: the delivery rows' states (a part that is accepted is never sent again).
   * Retry: the channel's schedule. Failures: DeliveryDeferred (first, local attempt only). Limit: 4 s local, 90 s normal.
   */
  deliver(step: TurnStep): Promise<DeliverResult>;

  /**
   * Ends a turn that a step cannot get past as a dead letter.
   * Idempotency: the turn's state. Retry: patient. Failures: none. Limit: 8 s.
   */
  deadLetterTurn(step: DeadLetterStep): Promise<DeliverResult>;
}

/** The steps of the workflows that no inbound message stands behind. */
export interface OutboundActivities {
  /**
   * Classes a late failure and does what the class asks for: consent, another send by a turn of its own, or an alert.
   * Idempotency: the delivery row's refusal and the new turn's id. Retry: patient. Failures: none. Limit: 8 s.
   */
  repair(input: RepairInput): Promise<RepairResult>;

  /**
   * Ends the wait for a person of the business, where it is still the same wait.
   * Idempotency: the conversation's pause, and the notice's turn id. Retry: patient. Failures: none. Limit: 8 s.
   */
  endHandoff(input: HandoffInput): Promise<HandoffResult>;
}

/** The step that tells the tenant's own systems. */
export interface EventActivities {
  /**
   * One attempt to hand an event to an endpoint, or the news that there is nothing more to do.
   * Idempotency: the event's id, which the receiver knows it by; the delivery row's state. Retry: the schedule of Standard Webhooks,
   * counted in the row. Failures: DeliveryDeferred, which carries the wait. Limit: 30 s.
   */
  sendEvent(input: EventInput): Promise<SendEventResult>;
}

export interface EmbedMissingChunksStep {
  versionId: string;
  /** The last chunk that was looked at, or null at the beginning. */
  after: ChunkCursor | null;
  /** Nothing is in the index yet, so nothing is asked for. */
  isFresh: boolean;
}

/** The steps of a batch job. */
export interface BatchActivities {
  /**
   * Looks at the next few thousand chunks of all tenants and embeds those whose vectors are not in the index. `after` is null at the end.
   * Idempotency: vectors are put by the chunk's id, which is made of its text. Retry: for ever, as the provider asks, from the last
   * heartbeat on. Failures: ModelRefused. Limit: 15 min.
   */
  embedMissingChunks(
    step: EmbedMissingChunksStep,
  ): Promise<{ after: ChunkCursor | null; seen: number; embedded: number }>;

  /**
   * Makes the index the one that questions are asked of, and retires the one before.
   * Idempotency: the versions' states. Retry: for ever. Failures: none. Limit: 15 min.
   */
  promoteIndex(step: { versionId: string }): Promise<{ retired: string | null }>;
}
