import { setTimeout as sleep } from "node:timers/promises";
import { Context } from "@temporalio/activity";
import { isPostgresAway } from "../db/postgres.ts";

const ASK_AGAIN_MS = 500;
/** Longer than Postgres takes to start, shorter than a rung may last. */
const PATIENCE_MS = 9_000;

export type Pulse = ReturnType<typeof createPulse>;

/** The signs of life of one attempt at an activity that travels over a queue, from its first moment on. */
export function createPulse() {
  let heardAt = performance.now();
  let wasSilent = false;

  /** Temporal gives an attempt that is silent for longer than its heartbeat to the next worker. */
  function isGivenUp(): boolean {
    const { heartbeatTimeoutMs = Infinity } = Context.current().info;
    wasSilent ||= performance.now() - heardAt > heartbeatTimeoutMs;
    return wasSilent;
  }

  function beat(): void {
    isGivenUp();
    Context.current().heartbeat();
    heardAt = performance.now();
  }

  return {
    beat,
    isGivenUp,
    /**
     * Asks Postgres again while it is away for a moment: that says nothing about the model, so it must cost the person no rung. For what
     * changes nothing the second time. A local activity is tried again by the workflow.
     */
    async patiently<T>(question: () => Promise<T>): Promise<T> {
      const until = performance.now() + PATIENCE_MS;
      for (;;) {
        try {
          return await question();
        } catch (error) {
          if (!isPostgresAway(error) || Context.current().info.isLocal) throw error;
          if (isGivenUp() || performance.now() > until) throw error;
        }
        beat();
        await sleep(ASK_AGAIN_MS);
      }
    },
  };
}
