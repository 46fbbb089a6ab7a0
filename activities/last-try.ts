import { activityInfo, ApplicationFailure } from "@temporalio/activity";
import { FAILURES } from "../workflows/failures.ts";
import { poisonReason } from "./poison.ts";

/** Tries of a step that fails for what is not weather: about 3 s of a local step, half a minute of a send. */
const TRIES = 6;

export function isLastTry(): boolean {
  return activityInfo().attempt >= TRIES;
}

/** A step that would fail alike for ever says so at its last try, in the one failure that ends a turn as a dead letter. */
export function withLastTry<Input, Output>(
  step: (input: Input) => Promise<Output>,
): (input: Input) => Promise<Output> {
  return async (input) => {
    try {
      return await step(input);
    } catch (error) {
      const reason = poisonReason(error);
      if (reason === null || !isLastTry()) throw error;
      const message = `The step failed ${TRIES} times alike.`;
      const fact = { type: FAILURES.poison, nonRetryable: true, details: [reason] };
      throw ApplicationFailure.create({
        message,
        ...fact,
        ...(error instanceof Error ? { cause: error } : {}),
      });
    }
  };
}
