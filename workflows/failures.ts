/**
 * The closed list of failures that are facts: retrying cannot change them, so they are thrown as non-retryable
 * `ApplicationFailure`s of these types, and the workflow decides by type. Everything else is weather and is retried.
 */
export const FAILURES = Object.freeze({
  /** The model's provider is down or the circuit is open: every tier on the same model would fail alike. */
  modelDown: "ModelDown",
  /** The provider asks us to slow down for longer than the turn can wait. */
  modelThrottled: "ModelThrottled",
  /** Key refused, quota used up, model unknown: a person has to act. */
  modelRefused: "ModelRefused",
  /** The context does not fit the model. */
  contextTooLong: "ContextTooLong",
  /** An answer came, but not one that can be used: cut off, empty, not JSON, filtered. */
  completionUnusable: "CompletionUnusable",
  /** No stored answer fits this question. */
  cacheMiss: "CacheMiss",
  /** A reply of this turn stands already, from another tier: nothing more is paid for it. */
  replyExists: "ReplyExists",
  /** The send did not go through and comes back at its time. */
  deliveryDeferred: "DeliveryDeferred",
  /** The step fails alike each time it is tried, for what is not weather. Its details are the reason in a word. */
  poison: "Poison",
});

export type FailureType = (typeof FAILURES)[keyof typeof FAILURES];
