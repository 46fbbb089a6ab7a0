import type { ModelCallPlace } from "../../../workflows/types.ts";

/** Weight of a new duration: about the last ten calls decide. */
const WEIGHT = 0.2;
/**
 * The SDK renews a workflow task after 3.2 s, and has 0.8 s for that. On a machine without free cores the task may be lost, and the call is
 * paid again. So a call should end before the first renewal.
 */
const SLOW_MS = 3_000;
/** A call that waits in a local activity keeps its run in memory. One thread has fewer calls in progress with a model that is fast. */
export const MAX_WAITING = 200;

/** The usual duration of the model calls of this process. */
export interface CallTimes {
  typicalMs(): number;
  /** Runs a call and notes its duration. After a failure the model counts as at least as slow. */
  measure<T>(call: () => Promise<T>): Promise<T>;
}

export function createCallTimes(now: () => number = () => performance.now()): CallTimes {
  let typicalMs = 0;
  return {
    typicalMs: () => typicalMs,
    async measure(call) {
      const startedAt = now();
      const note = (durationMs: number) => (typicalMs += WEIGHT * (durationMs - typicalMs));
      try {
        const completion = await call();
        note(now() - startedAt);
        return completion;
      } catch (error) {
        note(Math.max(typicalMs, now() - startedAt));
        throw error;
      }
    },
  };
}

export interface PlaceFacts {
  /** This process polls the main queue and the model queue, and no rate is set for the model queue. */
  servesModelQueue: boolean;
  setting: "auto" | "local" | "queue";
  typicalMs: number;
  /** Workflow tasks of this process that wait for a model. */
  waiting: number;
  /** An earlier task of this turn was lost. A normal activity has heartbeats and a limit of attempts. */
  isRepeated: boolean;
}

/** Where the model calls of a turn run that is admitted now. The server limits the rate of the model queue only. */
export function choosePlace(facts: PlaceFacts): ModelCallPlace {
  const { servesModelQueue, setting, typicalMs, waiting, isRepeated } = facts;
  if (!servesModelQueue) return "model_queue";
  if (isRepeated || setting === "queue") return "main_queue";
  if (setting === "local") return "local";
  return typicalMs > SLOW_MS || waiting >= MAX_WAITING ? "main_queue" : "local";
}
