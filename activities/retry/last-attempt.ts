import { activityInfo, ApplicationFailure } from "@temporalio/activity";
import { FAILURES } from "../../workflows/failures.ts";
import { classifyPoison } from "./classify-poison.ts";

/** Tries of a step that fails for what is not weather: about 3 s of a local step, half a minute of a send. */
const MAX_ATTEMPTS = 6;

export function isLastAttempt(): boolean {
  return activityInfo().attempt >= MAX_ATTEMPTS;
}

/** A step that would fail alike for ever says so at its last try, in the one failure that ends a turn as a dead letter. */
export function withLastAttempt<Input, Output>(
  step: (input: Input) => Promise<Output>,
): (input: Input) => Promise<Output> {
  return async (input) => {
    try {
      return await step(input);
    } catch (error) {
      const reason = classifyPoison(error);
      if (reason === null || !isLastAttempt()) throw error;
      const message = `The step failed ${MAX_ATTEMPTS} times with a permanent error.`;
      const options = { type: FAILURES.poison, nonRetryable: true, details: [reason] };
      throw ApplicationFailure.create({
        message,
        ...options,
        ...(error instanceof Error ? { cause: error } : {}),
      });
    }
  };
}
