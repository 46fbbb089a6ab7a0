import { ApplicationFailure } from "@temporalio/activity";
import { FAILURES } from "../../workflows/failures.ts";
import type { StepHealth } from "./step-health.ts";

/** Turns a permanent error of the last attempt into the Poison failure, which ends the turn as a dead letter. */
export function withLastAttempt<Input, Output>(
  step: (input: Input) => Promise<Output>,
  health: StepHealth,
): (input: Input) => Promise<Output> {
  return async (input) => {
    try {
      const output = await step(input);
      health.countPass();
      return output;
    } catch (error) {
      const reason = await health.findPoison(error);
      if (reason === null) throw error;
      throw ApplicationFailure.create({
        message: "The step failed repeatedly with a permanent error.",
        type: FAILURES.poison,
        nonRetryable: true,
        details: [reason],
        ...(error instanceof Error ? { cause: error } : {}),
      });
    }
  };
}
