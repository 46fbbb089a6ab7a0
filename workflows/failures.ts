/**
 * The closed list of permanent failures. Activities throw them as non-retryable `ApplicationFailure`s of these types, and the workflow
 * decides by the type. Every other error is transient, and Temporal retries it.
 */
export const FAILURES = Object.freeze({
  /** The provider of the model is down or the circuit is open. Every tier with the same model would fail. */
  modelDown: "ModelDown",
  /** The model did not complete its response within the time of its tier. Less context may help. */
  modelTimeout: "ModelTimeout",
  /** The provider throttles for longer than the turn can wait. */
  modelThrottled: "ModelThrottled",
  /** The key is rejected, the quota is used up or the model is unknown. An operator has to act. */
  modelRefused: "ModelRefused",
  /** The worker shuts down, or the workflow task was lost: a model call in a local activity goes over the queue. */
  modelCallMoved: "ModelCallMoved",
  /** The context does not fit into the model's window. */
  contextTooLong: "ContextTooLong",
  /** The completion cannot be used: it is cut off, empty, too large or not JSON. */
  completionUnusable: "CompletionUnusable",
  /** The provider's filter refuses the prompt or the completion. Other tiers would send the same words to a provider. */
  contentFiltered: "ContentFiltered",
  /** The cache has no reply to this question. */
  cacheMiss: "CacheMiss",
  /** The turn already has a reply from another tier, so no more calls are paid for it. */
  replyExists: "ReplyExists",
  /** The send was not accepted, or may not start yet. The failure carries the wait for the next attempt. */
  deliveryDeferred: "DeliveryDeferred",
  /** A job names an index version that does not exist. */
  indexVersionMissing: "IndexVersionMissing",
  /** The index version of a job was retired during the job. */
  indexVersionRetired: "IndexVersionRetired",
  /** Every attempt of the step fails for the same permanent reason. The details carry the reason as one word. */
  poison: "Poison",
});

export type FailureType = (typeof FAILURES)[keyof typeof FAILURES];

/** The reason of the `Poison` failure where the database has no reply to send, or no completion to make it from. */
export const REPLY_LOST = "poison:reply_lost";
