import { activityInfo, ApplicationFailure } from "@temporalio/activity";
import { FAILURES } from "../../workflows/failures.ts";
import { classifyPoison } from "./classify-poison.ts";

/** Attempts at a step that fails with a permanent error: about 3 s of a local step, half a minute of a send. */
const MAX_ATTEMPTS = 6;

export function isLastAttempt(): boolean {
  return activityInfo().attempt >= MAX_ATTEMPTS;
}

/** Turns a permanent error of the last attempt into the Poison failure, which ends the turn as a dead letter. */
export function withLastAttempt<Input, Output>(
  step: (input: Input) => Promise<Output>,
): (input: Input) => Promise<Output> {
  return async (input) => {
    try {
      return await step(input);
    } catch (error) {
      const reason = classifyPoison(error);
      if (reason === null || !isLastAttempt()) throw error;
      throw ApplicationFailure.create({
        message: `The step failed ${MAX_ATTEMPTS} times with a permanent error.`,
        type: FAILURES.poison,
        nonRetryable: true,
        details: [reason],
        ...(error instanceof Error ? { cause: error } : {}),
      });
    }
  };
}
