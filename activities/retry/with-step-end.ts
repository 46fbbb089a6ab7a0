import { CancelledFailure, Context } from "@temporalio/activity";
import { runUntilEnd } from "../../infra/runtime/step-end.ts";
import { createDeadline } from "./deadline.ts";

type Step = (...given: never[]) => Promise<unknown>;

/** After these the result of the attempt still counts. Every other cancellation says that another attempt follows, or none. */
const RESULT_COUNTS: ReadonlySet<string> = new Set(["CANCELLED", "PAUSED"]);

/** Gives every activity its end: its own time limit, by the clock of this process, or the end that Temporal reports. */
export function withStepEnds<T extends object>(steps: T): T {
  const ended = Object.entries(steps).map(([name, step]) => [name, withStepEnd(step as Step)]);
  return Object.fromEntries(ended) as T;
}

function withStepEnd(step: Step): Step {
  return async (...given) => {
    const { leftMs } = createDeadline();
    const { cancellationSignal } = Context.current();
    const hasEnded = () => leftMs() <= 0 || isEndOfAttempt(cancellationSignal);
    return await runUntilEnd({ hasEnded }, () => step(...given));
  };
}

function isEndOfAttempt({ aborted, reason }: AbortSignal): boolean {
  return aborted && !(reason instanceof CancelledFailure && RESULT_COUNTS.has(reason.message));
}
