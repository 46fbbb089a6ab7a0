import { Context } from "@temporalio/activity";
import { isTransientDbError } from "../../db/connection/postgres.ts";
import { retryTransient } from "../../infra/runtime/retry-transient.ts";

const RETRY_EVERY_MS = 500;
/** Longer than Postgres takes to start, shorter than the time limit of a tier. */
const RETRY_FOR_MS = 9_000;

export type Heartbeat = ReturnType<typeof createHeartbeat>;

/** The heartbeats of one attempt at an activity. Create it first: the silence is measured from then on. */
export function createHeartbeat() {
  let lastBeatAt = performance.now();
  let timedOut = false;

  /** Temporal gives an attempt that sends no heartbeat for longer than the heartbeat timeout to another worker. */
  function isTimedOut(): boolean {
    const { heartbeatTimeoutMs = Infinity } = Context.current().info;
    timedOut ||= performance.now() - lastBeatAt > heartbeatTimeoutMs;
    return timedOut;
  }

  /** A local activity needs none: it ends with its worker. */
  function beat(): void {
    if (Context.current().info.isLocal) return;
    isTimedOut();
    Context.current().heartbeat();
    lastBeatAt = performance.now();
  }

  return {
    isTimedOut,
    /** Sends heartbeats while `work` runs. They also bring a cancellation by the workflow. */
    async beatWhile<T>(everyMs: number, work: () => Promise<T>): Promise<T> {
      const timer = setInterval(beat, everyMs);
      try {
        return await work();
      } finally {
        clearInterval(timer);
      }
    },
    /**
     * Repeats a query while Postgres is unavailable, for up to 9 s: an outage of Postgres must not cost the contact a better tier.
     * Only for queries that change nothing when they are repeated. A local activity without a limit of attempts is retried by the SDK
     * instead.
     */
    async retryWhileUnavailable<T>(query: () => Promise<T>): Promise<T> {
      const until = performance.now() + RETRY_FOR_MS;
      const isTransient = (error: unknown) =>
        isTransientDbError(error) && !isRetriedWithoutLimit() && !isTimedOut() && performance.now() <= until;
      const policy = { isTransient, waitsMs: [RETRY_EVERY_MS], maxRetries: Infinity, onRetry: beat };
      return await retryTransient(policy, query);
    },
  };
}

function isRetriedWithoutLimit(): boolean {
  const { isLocal, retryPolicy } = Context.current().info;
  return isLocal && !Number.isFinite(retryPolicy?.maximumAttempts || Infinity);
}
