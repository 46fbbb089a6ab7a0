import { ApplicationFailure } from "@temporalio/activity";
import { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from "openai";
import { FAILURES, type FailureType } from "../../workflows/failures.ts";

/** A wait that Temporal may sit out within the turn's time budget; a longer one means: go down the ladder. */
const PATIENCE_MS = 2_000;

/** Which answer of the provider means what. Weather comes back as a retryable failure, facts as a non-retryable one. */
export function modelFailure(error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof APIUserAbortError || error instanceof APIConnectionTimeoutError) {
    return fact(FAILURES.modelDown, "The model did not answer in time.");
  }
  // A body that is cut in the middle surfaces as a bare TypeError("terminated").
  if (error instanceof APIConnectionError || (error instanceof TypeError && error.message === "terminated")) {
    return weather(FAILURES.modelDown, "The connection to the model's provider failed.");
  }
  // The client stumbles over an answer that has none of the fields it expects.
  if (error instanceof SyntaxError || error instanceof TypeError)
    return fact(FAILURES.answerUnusable, "The provider's answer is not JSON.");
  if (error instanceof APIError) return statusFailure(error);
  return weather(FAILURES.modelDown, "The model call failed in an unknown way.");
}

/** 200, but nothing in it that a person could be sent. */
export function unusableAnswer(why: string): ApplicationFailure {
  return fact(FAILURES.answerUnusable, why);
}

function statusFailure(error: APIError): ApplicationFailure {
  const { status, code } = error;
  if (code === "context_length_exceeded" || status === 413) {
    return fact(FAILURES.contextTooLong, "The context does not fit the model.");
  }
  if (code === "content_filter" || code === "content_policy_violation")
    return unusableAnswer("The provider filtered the answer.");
  if (status === 429) return throttled(error);
  if (status === undefined || status >= 500 || status === 408 || status === 409) {
    return weather(FAILURES.modelDown, `The provider answered ${status ?? "nothing"}.`);
  }
  return fact(FAILURES.modelRefused, `The provider refused the call with ${status} (${code ?? "no code"}).`);
}

function throttled(error: APIError): ApplicationFailure {
  if (error.code === "insufficient_quota")
    return fact(FAILURES.modelRefused, "The provider's quota is used up.");
  const waitMs = retryAfterMs(error);
  if (waitMs > PATIENCE_MS)
    return fact(FAILURES.modelThrottled, `The provider asks for ${waitMs} ms of silence.`);
  return ApplicationFailure.create({
    type: FAILURES.modelThrottled,
    message: "The provider asks us to slow down.",
    nextRetryDelay: waitMs,
  });
}

function retryAfterMs(error: APIError): number {
  const ms = Number(error.headers?.get("retry-after-ms") ?? Number.NaN);
  if (Number.isFinite(ms) && ms >= 0) return ms;
  const seconds = Number(error.headers?.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : 500;
}

const fact = (type: FailureType, message: string) => ApplicationFailure.nonRetryable(message, type);
const weather = (type: FailureType, message: string) => ApplicationFailure.retryable(message, type);
