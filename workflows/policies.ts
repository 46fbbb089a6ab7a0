import type { ActivityOptions, LocalActivityOptions } from "@temporalio/workflow";

/** Weather passes: short steps are tried again for as long as the message lives. Nothing that was promised is given up here. */
const retryUntilDone = { initialInterval: "100ms", backoffCoefficient: 2, maximumInterval: "10s" } as const;

/**
 * Short idempotent steps run as local activities: a marker in the history and no round trip to the server. The threshold
 * keeps their retries in the worker for an hour, so that an outage of Postgres costs no timers in the history.
 */
export const SHORT_STEP: LocalActivityOptions = {
  startToCloseTimeout: "8s",
  localRetryThreshold: "1h",
  retry: retryUntilDone,
};

/**
 * The paid call: normal, on its own queue, cancellable. One second attempt for weather that passes quickly; then the
 * ladder goes down, because the person is waiting.
 */
export const MODEL_CALL: ActivityOptions = {
  startToCloseTimeout: "20s",
  scheduleToCloseTimeout: "24s",
  // With the 4 s of a workflow task and 1 s for a dead worker's own queue: a message in its worker's last moment ends within 6 s.
  heartbeatTimeout: "3s",
  retry: { initialInterval: "300ms", maximumAttempts: 2 },
};

/** Later tiers get less: all of them together stay below 60 s, after which a person has given up. */
export const FALLBACK_MODEL_CALL: ActivityOptions = {
  ...MODEL_CALL,
  startToCloseTimeout: "10s",
  scheduleToCloseTimeout: "12s",
  retry: { maximumAttempts: 1 },
};

/** The optimistic first send: most vendors answer within a second, and then no task has to travel. */
export const FIRST_SEND: LocalActivityOptions = {
  startToCloseTimeout: "4s",
  retry: { maximumAttempts: 1 },
};

/**
 * The long way: the waits between attempts come from the channel's own schedule (`nextRetryDelay`), the attempts are
 * counted in Postgres, and the channel ends it; so Temporal sets no limit of its own.
 */
export const RETRYING_SEND: ActivityOptions = {
  startToCloseTimeout: "90s",
  heartbeatTimeout: "20s",
  retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "60s" },
};

/** One attempt at an endpoint: 15 s of it belong to the receiver. The waits between attempts come with each failure. */
export const EVENT_SEND: ActivityOptions = {
  startToCloseTimeout: "30s",
  retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "60s" },
};

/** Some thousand chunks: minutes where the provider is slow. A killed one begins where its last heartbeat says. */
export const INDEX_BATCH: ActivityOptions = {
  startToCloseTimeout: "15m",
  heartbeatTimeout: "45s",
  retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "60s" },
};

/** Six events each: a run stays below 2,000 events. */
export const BATCHES_PER_RUN = 300;

/** After this many turns in one run the workflow continues as new: histories stay under 60 events. */
export const TURNS_PER_RUN = 3;
