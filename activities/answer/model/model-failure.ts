import { ApplicationFailure } from "@temporalio/activity";
import { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from "openai";
import { FAILURES, type FailureType } from "../../../workflows/failures.ts";

/** The longest wait that fits into the turn's time budget. After a longer one the fallback chain continues at once. */
const MAX_WAIT_MS = 2_000;

/** Maps an error of the provider to a failure: retryable for transient errors, non-retryable for permanent ones. */
export function toModelFailure(error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof APIUserAbortError || error instanceof APIConnectionTimeoutError) {
    return createPermanentFailure(FAILURES.modelDown, "The model did not respond in time.");
  }
  // The client throws TypeError("terminated") for a body that ends early.
  if (error instanceof APIConnectionError || (error instanceof TypeError && error.message === "terminated")) {
    return createTransientFailure(FAILURES.modelDown, "The connection to the model's provider failed.");
  }
  // The client throws these for a response without the fields that it expects.
  if (error instanceof SyntaxError || error instanceof TypeError)
    return createPermanentFailure(FAILURES.completionUnusable, "The provider's response is not JSON.");
  if (error instanceof APIError) return toStatusFailure(error);
  return createTransientFailure(FAILURES.modelDown, "The model call failed in an unknown way.");
}

/** For a successful response without a text that can be sent. */
export function createUnusableCompletion(why: string): ApplicationFailure {
  return createPermanentFailure(FAILURES.completionUnusable, why);
}

function toStatusFailure(error: APIError): ApplicationFailure {
  const { status, code } = error;
  if (code === "context_length_exceeded" || status === 413) {
    return createPermanentFailure(FAILURES.contextTooLong, "The context does not fit the model.");
  }
  if (code === "content_filter" || code === "content_policy_violation")
    return createUnusableCompletion("The provider filtered the completion.");
  if (status === 429) return toThrottleFailure(error);
  if (status === undefined || status >= 500 || status === 408 || status === 409) {
    return createTransientFailure(FAILURES.modelDown, `The provider responded with ${status ?? "nothing"}.`);
  }
  return createPermanentFailure(
    FAILURES.modelRefused,
    `The provider refused the call with ${status} (${code ?? "no code"}).`,
  );
}

function toThrottleFailure(error: APIError): ApplicationFailure {
  if (error.code === "insufficient_quota")
    return createPermanentFailure(FAILURES.modelRefused, "The provider's quota is used up.");
  const waitMs = readRetryAfterMs(error);
  if (waitMs > MAX_WAIT_MS)
    return createPermanentFailure(FAILURES.modelThrottled, `The provider asks for a wait of ${waitMs} ms.`);
  return ApplicationFailure.create({
    type: FAILURES.modelThrottled,
    message: "The provider asks us to slow down.",
    nextRetryDelay: waitMs,
  });
}

function readRetryAfterMs(error: APIError): number {
  const ms = Number(error.headers?.get("retry-after-ms") ?? Number.NaN);
  if (Number.isFinite(ms) && ms >= 0) return ms;
  const seconds = Number(error.headers?.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : 500;
}

const createPermanentFailure = (type: FailureType, message: string) =>
  ApplicationFailure.nonRetryable(message, type);
const createTransientFailure = (type: FailureType, message: string) =>
  ApplicationFailure.retryable(message, type);
