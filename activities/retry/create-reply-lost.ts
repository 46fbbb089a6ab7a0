import { ApplicationFailure } from "@temporalio/activity";
import { FAILURES, REPLY_LOST } from "../../workflows/failures.ts";

/** The history says that a step has stored something, and the database does not have it. A standby that lagged was promoted, or it crashed. */
export function createReplyLost(message: string): ApplicationFailure {
  return ApplicationFailure.create({
    message,
    type: FAILURES.poison,
    nonRetryable: true,
    details: [REPLY_LOST],
  });
}
