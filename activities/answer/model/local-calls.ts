import { ApplicationFailure, CancelledFailure } from "@temporalio/activity";
import { LRUCache } from "lru-cache";
import { type SuspensionWatch, watchSuspension } from "../../../infra/runtime/event-loop/watch-suspension.ts";
import { FAILURES } from "../../../workflows/failures.ts";
import { isEndedByUs } from "./model-failure.ts";

/**
 * A workflow task of 4 s is renewed by the SDK after 3.2 s (`infra/runtime/temporal/start-workflow.ts`). A stop of the process for the
 * rest of the time may have given the task to another worker.
 */
const STOPPED_MS = 800;
/** The SDK asks the server at once after a stop, and cancels the local activities of a task that is lost. */
const STEADY_MS = 1_000;

/** More than the calls of the time in which a lost task is repeated. */
const KNOWN_CALLS = 10_000;

export interface LocalCall {
  /** Turn and tier. */
  id: string;
  /** Of the local activity, from 1. */
  attempt: number;
  /** Of the local activity. */
  cancellation: AbortSignal;
}

/** The number of workflow tasks that only wait for a model. */
export interface WaitingTasks {
  count(): number;
  /** `listener` is called after each change. */
  onChange(listener: () => void): void;
}

export interface LocalCalls {
  waiting: WaitingTasks;
  /**
   * Makes a model call in a local activity. A process that was suspended may have lost the workflow task, and then the same call must not
   * be paid twice: the call begins when the SDK had time to cancel it. A call that comes again, because its task was lost, goes over the
   * queue, where its attempts are limited.
   */
  run<T>(call: LocalCall, complete: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** From now on calls go over the queue. Those that have begun get this time. */
  stop(graceMs: number): void;
  close(): void;
}

/** The model calls in local activities of this process. */
export function createLocalCalls(
  suspension: SuspensionWatch = watchSuspension({ stoppedMs: STOPPED_MS, steadyMs: STEADY_MS }),
): LocalCalls {
  const end = new AbortController();
  const listeners: (() => void)[] = [];
  const begun = new LRUCache<string, true>({ max: KNOWN_CALLS });
  let isStopping = false;
  let running = 0;
  let graceTimer: NodeJS.Timeout | undefined;

  function countOne(change: 1 | -1): void {
    running += change;
    for (const listener of listeners) listener();
  }

  return {
    waiting: { count: () => running, onChange: (listener) => void listeners.push(listener) },
    async run({ id, attempt, cancellation }, complete) {
      await suspension.awaitSteady();
      cancellation.throwIfAborted();
      if (isStopping) throw createMovedFailure("This worker shuts down.");
      if (attempt === 1 && begun.has(id))
        throw createMovedFailure("The workflow task of this call was lost.");
      begun.set(id, true);
      countOne(1);
      try {
        return await complete(AbortSignal.any([cancellation, end.signal]));
      } catch (error) {
        // A paid refusal of the provider may arrive just then. It must not be paid again over the queue.
        throw end.signal.aborted && isEndedByUs(error)
          ? createMovedFailure("This worker shuts down.")
          : error;
      } finally {
        countOne(-1);
      }
    },
    stop(graceMs) {
      isStopping = true;
      // The same reason as for a normal activity, so the failure does not count against the provider.
      graceTimer ??= setTimeout(() => end.abort(new CancelledFailure("WORKER_SHUTDOWN")), graceMs);
    },
    close() {
      clearTimeout(graceTimer);
      suspension.stop();
    },
  };
}

function createMovedFailure(why: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(`${why} The call goes over the queue.`, FAILURES.modelCallMoved);
}
