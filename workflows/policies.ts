import type { ActivityOptions, LocalActivityOptions } from "@temporalio/workflow";
import { TIME_LIMITS_MS } from "./time-limits.ts";

/** Transient errors are retried until the message has an outcome. */
const retryUntilDone = { initialInterval: "100ms", backoffCoefficient: 2, maximumInterval: "10s" } as const;

/**
 * Short idempotent steps are local activities: one marker in the history and no round trip to the server. The threshold keeps their
 * retries inside the worker for an hour, so that an outage of Postgres adds no timers to the history.
 */
export const SHORT_STEP: LocalActivityOptions = {
  startToCloseTimeout: TIME_LIMITS_MS.shortStep,
  localRetryThreshold: "1h",
  retry: retryUntilDone,
};

/**
 * An event that waits outside of Postgres may be a STOP, so it has no back-off after an outage. The activity itself waits for the end of
 * an outage, and sets a longer pause after every other failure.
 */
export const STORE_INLINED: LocalActivityOptions = {
  ...SHORT_STEP,
  retry: { initialInterval: "250ms", backoffCoefficient: 1 },
};

/**
 * The paid call has a second attempt for short transient errors. Then the fallback chain continues, because the contact is waiting. This
 * is the policy of a call that goes over a queue.
 */
export const MODEL_CALL: ActivityOptions = {
  startToCloseTimeout: TIME_LIMITS_MS.modelCall,
  scheduleToCloseTimeout: TIME_LIMITS_MS.modelCallTotal,
  // A dead worker costs 3 s here, or 4 s for its workflow task, and 1 s on its sticky queue. So a message still ends within 6 s.
  heartbeatTimeout: TIME_LIMITS_MS.modelHeartbeat,
  retry: { initialInterval: "300ms", maximumAttempts: 2 },
};

/** Later tiers get less time: all tiers together stay below 60 s, because contacts do not wait longer. */
export const FALLBACK_MODEL_CALL: ActivityOptions = {
  ...MODEL_CALL,
  startToCloseTimeout: TIME_LIMITS_MS.fallbackModelCall,
  scheduleToCloseTimeout: TIME_LIMITS_MS.fallbackModelCallTotal,
  retry: { maximumAttempts: 1 },
};

/**
 * The call as a local activity. One limit holds for both attempts, because the SDK ends a second attempt by the timer of the first one. A
 * dead worker is noticed after the 4 s of its workflow task.
 */
export const LOCAL_MODEL_CALL: LocalActivityOptions = {
  startToCloseTimeout: TIME_LIMITS_MS.modelCall,
  scheduleToCloseTimeout: TIME_LIMITS_MS.modelCall,
  retry: { initialInterval: "300ms", maximumAttempts: 2 },
};

/** A later tier of the fallback chain as a local activity. */
export const LOCAL_FALLBACK_MODEL_CALL: LocalActivityOptions = {
  startToCloseTimeout: TIME_LIMITS_MS.fallbackModelCall,
  scheduleToCloseTimeout: TIME_LIMITS_MS.fallbackModelCall,
  retry: { maximumAttempts: 1 },
};

/**
 * The first send is a local activity: most vendors respond within a second, so no task has to go over a queue. A part whose own time
 * limit does not fit any more is left to the next attempt.
 */
export const FIRST_SEND: LocalActivityOptions = {
  startToCloseTimeout: TIME_LIMITS_MS.firstSend,
  retry: { maximumAttempts: 1 },
};

/**
 * Every send after the first. The channel's schedule sets the waits (`nextRetryDelay`) and the last attempt, and Postgres counts the
 * attempts. So Temporal has no limit of its own.
 */
export const RETRYING_SEND: ActivityOptions = {
  startToCloseTimeout: TIME_LIMITS_MS.retryingSend,
  heartbeatTimeout: TIME_LIMITS_MS.retryingSendHeartbeat,
  retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "60s" },
};

/** One attempt at an endpoint, of which the endpoint gets 15 s. Temporal repeats it only when the store or the worker failed. */
export const EVENT_SEND: ActivityOptions = {
  startToCloseTimeout: TIME_LIMITS_MS.eventSend,
  retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "60s" },
};

/** A few thousand chunks, which take minutes with a slow provider. After a crash the next attempt continues from the last heartbeat. */
export const INDEX_BATCH: ActivityOptions = {
  startToCloseTimeout: TIME_LIMITS_MS.indexBatch,
  heartbeatTimeout: TIME_LIMITS_MS.indexHeartbeat,
  retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "60s" },
};

/** A batch adds six events to the history, so a run stays below 2,000 events. */
export const BATCHES_PER_RUN = 300;

/** After this many turns the workflow continues as new, so that a history stays below 60 events. */
export const TURNS_PER_RUN = 3;
/** After this many wakes of a wait it does so too. */
export const WAKES_PER_RUN = 3;

/** How often a reply that the database has lost before its first send is recorded again. Each needs another crash of PostgreSQL. */
export const RECORDS_AGAIN = 3;
