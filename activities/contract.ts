import type { Tier } from "../workflows/names.ts";
import type {
  AdmitResult,
  DeliverResult,
  SendEventResult,
  EventInput,
  GenerateResult,
  HandoffResult,
  HandoffInput,
  InlinedInput,
  ChunkCursor,
  MessageInput,
  RecordResult,
  RepairInput,
  RepairResult,
  Route,
  StoreInlinedResult,
  ScreenResult,
} from "../workflows/types.ts";

export interface TurnStep {
  turnId: string;
}

export interface DeadLetterStep {
  /** Null if the step failed before the workflow knew its turn. */
  turnId: string | null;
  /** The reason code, for example `poison:unreadable`. */
  reason: string;
}

export interface TierStep extends TurnStep {
  tier: Tier;
  /** Why the tiers before were not used, or null for the first tier. */
  reason: string | null;
}

/*
 * How to read the comments below:
 *
 *   Idempotency key  identifies the work that a repeated attempt does not do twice
 *   Retry            the policy of workflows/policies.ts; SHORT_STEP retries until the activity succeeds
 *   Failures         every type of workflows/failures.ts that the activity throws; all other errors are transient
 *   Time limit       of one attempt
 *
 * This file contains types only: an import of an implementation would pull Node's types into the type check of the workflows.
 */

/** The six steps of a message, in the order of the history, and the step that ends a turn with a permanent failure. */
export interface MessageActivities {
  /**
   * Stores an event that is inlined in the start of its workflow, before any other step. `quietMs` is the rest of the quiet window of a
   * message.
   * Idempotency key: the provider's id of the event; of a consent, its time.
   * Retry: STORE_INLINED, at a short and constant interval after an outage, with a back-off after any other failure.
   * Failures: none; an event that can never be stored is kept for an operator.
   * Time limit: 8 s.
   */
  storeInlined(input: InlinedInput): Promise<StoreInlinedResult>;

  /**
   * Acquires the turn of the conversation, decides the plan (keywords, silence, loop, rate limit) and
   * reserves budget. After an outage of Postgres it waits until the messages of that time are stored.
   * Idempotency key: the workflow id, which finds its open turn again; a crash before the plan is stored costs a second rate token.
   * Retry: SHORT_STEP. Failures: Poison. Time limit: 8 s.
   */
  admit(input: MessageInput): Promise<AdmitResult>;

  /**
   * Masks the messages and the transcript, searches the knowledge, chooses the route, and stores the context of the turn.
   * The commit does not wait for the disk: `generate` builds a context that was lost again. `degraded` names a search that was unavailable.
   * Idempotency key: the turn, which has one stored context.
   * Retry: SHORT_STEP. Failures: Poison. Time limit: 8 s.
   */
  retrieve(step: TurnStep): Promise<Route>;

  /**
   * Makes one model call for one tier, or takes the text of a free tier. The completion is stored before this returns.
   * Idempotency key: turn and tier. A crash after the model has responded costs a second call. A completion that the turn does not use, because
   * another attempt was first, is stored for its cost.
   * Retry: LOCAL_MODEL_CALL or MODEL_CALL for the first tier, LOCAL_FALLBACK_MODEL_CALL or FALLBACK_MODEL_CALL for later ones, SHORT_STEP for
   * free tiers.
   * Failures: ModelDown, ModelTimeout, ModelThrottled, ModelRefused, ContextTooLong, CompletionUnusable, ContentFiltered, CacheMiss, ReplyExists;
   * ModelCallMoved for local activities only, after which the workflow uses the queue;
   * Poison for free tiers only, because paid tiers have fewer attempts than Poison needs.
   * Time limit: 20 s for the first tier, 10 s for later ones, 8 s for free tiers. As a local activity 20 s and 10 s for all attempts.
   */
  generate(step: TierStep): Promise<GenerateResult>;

  /**
   * Checks the completion for leaks and policy, restores the masked details, splits the reply to the limits of the channel. It writes
   * nothing: `record` gets the parts from the memory of the process, or makes them again from the completion.
   * Idempotency key: turn and tier. A repeated attempt makes the same parts.
   * Retry: SHORT_STEP. Failures: Poison, at once with REPLY_LOST where the turn has no completion. Time limit: 8 s.
   */
  screen(step: TierStep): Promise<ScreenResult>;

  /**
   * Writes reply, usage, cost, version stamp and one delivery row for each reply part, in one transaction. The commit does not wait for the
   * disk: where `deliver` finds no rows, the workflow records again.
   * Idempotency key: the turn, which has one set of delivery rows.
   * Retry: SHORT_STEP. Failures: Poison, at once with REPLY_LOST where the turn has no completion. Time limit: 8 s.
   */
  record(step: TierStep): Promise<RecordResult>;

  /**
   * Passes the gate, sends the reply parts, writes their outcomes, and ends the turn.
   * Idempotency key: the reply part with its attempt number; an accepted part is never sent again.
   * Retry: FIRST_SEND, then RETRYING_SEND on the schedule of the channel.
   * Failures: DeliveryDeferred with the wait for the next attempt (final for FIRST_SEND, retryable for RETRYING_SEND); Poison, at once with
   * REPLY_LOST where the turn has no reply parts.
   * Time limit: 22 s for the first send, 90 s for later ones.
   */
  deliver(step: TurnStep): Promise<DeliverResult>;

  /**
   * Ends a turn as a dead letter.
   * Idempotency key: the turn, which ends once.
   * Retry: SHORT_STEP. Failures: none. Time limit: 8 s.
   */
  deadLetterTurn(step: DeadLetterStep): Promise<DeliverResult>;
}

/** The steps of workflows without an inbound message. */
export interface OutboundActivities {
  /**
   * Classifies a late failure and acts on the class: it stores an opt-out, opens a turn that sends the text again, or logs an error.
   * Idempotency key: the delivery; the new turn has an id that is derived from it.
   * Retry: SHORT_STEP. Failures: none. Time limit: 8 s.
   */
  repair(input: RepairInput): Promise<RepairResult>;

  /**
   * Ends the wait for an agent, if it is still the same wait, and opens the turn that informs the contact.
   * Idempotency key: conversation and start of the wait. A repeated attempt changes nothing and returns `withdrawn`.
   * Retry: SHORT_STEP. Failures: none. Time limit: 8 s.
   */
  endHandoff(input: HandoffInput): Promise<HandoffResult>;
}

/** The step that notifies the tenant's own systems. */
export interface EventActivities {
  /**
   * Makes one attempt to send an event to an endpoint after the first one, or reports that the delivery has ended.
   * Idempotency key: the event id, by which the endpoint drops a duplicate; the delivery row counts each attempt once.
   * Retry: EVENT_SEND. The waits of Standard Webhooks are in the row, and each attempt has a run of its own.
   * Failures: none. Time limit: 30 s.
   */
  sendEvent(input: EventInput): Promise<SendEventResult>;
}

export interface EmbedMissingChunksStep {
  versionId: string;
  /** The last chunk of the batch before, or null at the beginning. */
  after: ChunkCursor | null;
  /** True for an empty index, which need not be searched for existing vectors. */
  isFresh: boolean;
}

/** The steps of a batch job. */
export interface BatchActivities {
  /**
   * Reads the next few thousand chunks of all tenants and embeds those without a vector in the index. `after` is null at the end.
   * Idempotency key: the chunk id, which is a hash of the text; an upsert replaces the vector.
   * Retry: INDEX_BATCH until it succeeds, from the last heartbeat. Provider failures are retried, except ModelRefused.
   * Failures: ModelRefused, IndexVersionMissing. Time limit: 15 min.
   */
  embedMissingChunks(
    step: EmbedMissingChunksStep,
  ): Promise<{ after: ChunkCursor | null; seen: number; embedded: number }>;

  /**
   * Makes an index version that is being built live and retires the version before it. Changes nothing for the live version.
   * Idempotency key: the index version.
   * Retry: INDEX_BATCH until it succeeds. Failures: IndexVersionMissing, IndexVersionRetired. Time limit: 15 min.
   */
  promoteIndex(step: { versionId: string }): Promise<{ retired: string | null }>;
}
