import { setTimeout as sleep } from "node:timers/promises";
import { Context } from "@temporalio/activity";
import { isTransientDbError } from "../../db/connection/postgres.ts";

const RETRY_EVERY_MS = 500;
/** Longer than Postgres takes to start, shorter than a tier may last. */
const RETRY_FOR_MS = 9_000;

export type Heartbeat = ReturnType<typeof createHeartbeat>;

/** The signs of life of one attempt at an activity that travels over a queue, from its first moment on. */
export function createHeartbeat() {
  let lastBeatAt = performance.now();
  let timedOut = false;

  /** Temporal gives an attempt that is silent for longer than its heartbeat to the next worker. */
  function isTimedOut(): boolean {
    const { heartbeatTimeoutMs = Infinity } = Context.current().info;
    timedOut ||= performance.now() - lastBeatAt > heartbeatTimeoutMs;
    return timedOut;
  }

  function beat(): void {
    isTimedOut();
    Context.current().heartbeat();
    lastBeatAt = performance.now();
  }

  return {
    beat,
    isTimedOut,
    /**
     * Asks Postgres again while it is away for a moment: that says nothing about the model, so it must cost the person no tier. For what
     * changes nothing the second time. A local activity is tried again by the workflow.
     */
    async retryWhileUnavailable<T>(query: () => Promise<T>): Promise<T> {
      const until = performance.now() + RETRY_FOR_MS;
      for (;;) {
        try {
          return await query();
        } catch (error) {
          if (!isTransientDbError(error) || Context.current().info.isLocal) throw error;
          if (isTimedOut() || performance.now() > until) throw error;
        }
        beat();
        await sleep(RETRY_EVERY_MS);
      }
    },
  };
}
