import { ApplicationFailure, CancelledFailure } from "@temporalio/activity";
import { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from "openai";
import { codeOf, listCauses } from "../../../infra/runtime/faults/fault.ts";
import { isRefusedArgument, type VendorRefusal } from "../../../infra/runtime/faults/vendor-faults.ts";
import { isResponseTooLarge } from "../../../infra/runtime/network/fetch-with-limit.ts";
import { FAILURES, type FailureType } from "../../../workflows/failures.ts";
import { isContextRefusal, readRefusalTexts } from "./endpoint/read-refusal.ts";

/** The longest wait that fits into the turn's time budget. After a longer one the fallback chain continues at once. */
const MAX_WAIT_MS = 2_000;

/** In the details of a failure that says nothing about the health of the provider, or that says something only here. */
const ENDED_BY_US = "ended_by_us";
const NO_COMPLETION = "no_completion";
/** In the details of a refusal that every call meets until an operator changes a setting or the account at the provider. */
const SETTINGS = "settings";
/**
 * In the details of a refusal that may be one of our settings or of one prompt. Gateways refuse a flagged input with 403. Gemini and xAI refuse
 * a wrong key with 400, and OpenRouter and Mistral an unknown model.
 */
const PERHAPS_SETTINGS = "perhaps_settings";
/** The key, the payment, a model or address that the provider does not know. */
const SETTINGS_STATUSES: Readonly<Record<number, string>> = {
  401: SETTINGS,
  402: SETTINGS,
  404: SETTINGS,
};

/** Words of OpenAI, Azure and gateways for a prompt or a completion that a filter refuses. */
const FILTER_CODES: ReadonlySet<unknown> = new Set([
  "content_filter",
  "content_policy_violation",
  "invalid_prompt",
  "moderation_blocked",
  "refusal",
  "safety",
  "ResponsibleAIPolicyViolation",
]);

/** Maps an error of the provider to a failure: retryable for transient errors, non-retryable for permanent ones. */
export function toModelFailure(error: unknown, signal?: AbortSignal): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  if (isResponseTooLarge(error))
    return createNoCompletion("The provider's response is larger than a completion.");
  if (error instanceof APIUserAbortError || error instanceof APIConnectionTimeoutError)
    return createTimeoutFailure(signal);
  // The client throws TypeError("terminated") for a body that ends early.
  if (error instanceof APIConnectionError || (error instanceof TypeError && error.message === "terminated")) {
    return createConnectionFailure(error);
  }
  // The client throws these for a response without the fields that it expects.
  if (error instanceof SyntaxError || error instanceof TypeError)
    return createNoCompletion("The provider's response is not JSON.");
  if (error instanceof APIError) return toStatusFailure(error);
  return createTransientFailure(FAILURES.modelDown, "The model call failed in an unknown way.");
}

/** For a completion that cannot be sent, because of its prompt. */
export function createUnusableCompletion(why: string): ApplicationFailure {
  return createPermanentFailure(FAILURES.completionUnusable, why);
}

/** For a successful response that is no completion at all, such as the page of a gateway. */
export function createNoCompletion(why: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(why, FAILURES.completionUnusable, NO_COMPLETION);
}

/** For a prompt or a completion that the provider's filter refuses. The failure contains none of their words. */
export function createFilteredFailure(): ApplicationFailure {
  return createPermanentFailure(
    FAILURES.contentFiltered,
    "The provider's filter refused the prompt or its completion.",
  );
}

export function isFilterCode(code: unknown): boolean {
  return FILTER_CODES.has(code);
}

/** For a response with status 200 that reports a failure. */
export function toFailedResponse(code: string | null): ApplicationFailure {
  if (isFilterCode(code)) return createFilteredFailure();
  const status = Number(code);
  if (status >= 400 && status < 500 && status !== 408 && status !== 429)
    return createRefusedFailure({ status });
  const type =
    code === "rate_limit_exceeded" || status === 429 ? FAILURES.modelThrottled : FAILURES.modelDown;
  return createTransientFailure(type, `The provider reports a failed response (${code ?? "no code"}).`);
}

/**
 * Whether a failure is trouble at the provider: transport, 5xx, 429, and bodies that are no completion. Everything else is a fact about one
 * prompt, about our settings or about a call that we ended, and must not close the model to all tenants.
 */
export function isProviderTrouble(error: unknown): boolean {
  if (!(error instanceof ApplicationFailure)) return false;
  const [detail] = error.details ?? [];
  if (error.type === FAILURES.completionUnusable) return detail === NO_COMPLETION;
  return (
    (error.type === FAILURES.modelDown && detail !== ENDED_BY_US) ||
    error.type === FAILURES.modelTimeout ||
    error.type === FAILURES.modelThrottled
  );
}

/** For a server whose responses do not fit the settings. */
export function createSettingsFailure(why: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(why, FAILURES.modelRefused, SETTINGS);
}

/** True for a call that a shutdown or a cancellation has ended. */
export function isEndedByUs(error: unknown): boolean {
  return error instanceof ApplicationFailure && error.details?.[0] === ENDED_BY_US;
}

/** True for a refusal that says nothing about the prompt: an operator has to act. */
export function isRefusalOfSettings(failure: ApplicationFailure): boolean {
  return failure.type === FAILURES.modelRefused && failure.details?.[0] === SETTINGS;
}

/** What the provider said when it refused a call; null for every other failure. */
export function readRefusal(failure: ApplicationFailure): VendorRefusal | null {
  if (failure.type !== FAILURES.modelRefused) return null;
  return (failure.details?.[1] as VendorRefusal | undefined) ?? null;
}

/** True for a refusal of the prompt or of our settings. Refusals of other prompts show which of them it is. */
export function isPerhapsRefusalOfSettings(failure: ApplicationFailure): boolean {
  return failure.type === FAILURES.modelRefused && failure.details?.[0] === PERHAPS_SETTINGS;
}

/** A worker that stops and a workflow that is cancelled abort the call too. */
function createTimeoutFailure(signal: AbortSignal | undefined): ApplicationFailure {
  const reason: unknown = signal?.aborted === true ? signal.reason : null;
  const isOurs = reason instanceof CancelledFailure && reason.message !== "TIMED_OUT";
  return isOurs
    ? ApplicationFailure.nonRetryable("The call was ended on our side.", FAILURES.modelDown, ENDED_BY_US)
    : createPermanentFailure(FAILURES.modelTimeout, "The model did not respond in time.");
}

function toStatusFailure(error: APIError): ApplicationFailure {
  const { status, code } = error;
  if (
    code === "context_length_exceeded" ||
    status === 413 ||
    isContextRefusal(readRefusalTexts(error) ?? [])
  ) {
    return createPermanentFailure(FAILURES.contextTooLong, "The context does not fit the model.");
  }
  if ([code, error.type, readInnerCode(error)].some(isFilterCode)) return createFilteredFailure();
  if (status === 429) return toThrottleFailure(error);
  if (status === undefined || status >= 500 || status === 408 || status === 409) {
    return createTransientFailure(FAILURES.modelDown, `The provider responded with ${status ?? "nothing"}.`);
  }
  return createRefusedFailure({ status, code: code ?? null, param: error.param ?? null });
}

function createRefusedFailure(refusal: VendorRefusal): ApplicationFailure {
  const { status, code } = refusal;
  return ApplicationFailure.nonRetryable(
    `The provider refused the call with ${status} (${code ?? "no code"}).`,
    FAILURES.modelRefused,
    SETTINGS_STATUSES[status] ?? (isRefusedArgument(refusal) ? SETTINGS : PERHAPS_SETTINGS),
    refusal,
  );
}

/** Azure names its filter in an error within the error. At xAI and LM Studio the error is a text. */
function readInnerCode({ error }: APIError): unknown {
  const body: unknown = error;
  const inner = typeof body === "object" && body !== null && "innererror" in body ? body.innererror : null;
  return typeof inner === "object" && inner !== null && "code" in inner ? inner.code : null;
}

function toThrottleFailure(error: APIError): ApplicationFailure {
  if (error.code === "insufficient_quota")
    return ApplicationFailure.nonRetryable(
      "The provider's quota is used up.",
      FAILURES.modelRefused,
      SETTINGS,
      { status: 429, code: "insufficient_quota", param: null } satisfies VendorRefusal,
    );
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

/** The cause has the codes of the network or of TLS and no words: a message may contain a URL. */
function createConnectionFailure(error: Error): ApplicationFailure {
  const [inner] = listCauses(error).toReversed();
  const code = inner === undefined ? null : codeOf(inner);
  return ApplicationFailure.create({
    type: FAILURES.modelDown,
    message: "The connection to the model's provider failed.",
    ...(code === null ? {} : { cause: Object.assign(new Error("The connection failed."), { code }) }),
  });
}

const createPermanentFailure = (type: FailureType, message: string) =>
  ApplicationFailure.nonRetryable(message, type);
const createTransientFailure = (type: FailureType, message: string) =>
  ApplicationFailure.retryable(message, type);
