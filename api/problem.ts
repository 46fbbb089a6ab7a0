import type { FieldProblem } from "./channels/channel.ts";

/** Every error of this API by its stable code. Titles are for readers; code and status are for programs. */
const PROBLEMS = Object.freeze({
  not_found: { status: 404, title: "The address does not exist." },
  unknown_account: { status: 404, title: "The channel account does not exist." },
  signature_missing: { status: 401, title: "The request has no signature." },
  signature_invalid: { status: 401, title: "The signature does not match." },
  timestamp_out_of_window: { status: 401, title: "The signed timestamp is too far from now." },
  header_repeated: { status: 401, title: "A signature header is repeated." },
  handshake_refused: { status: 403, title: "The handshake is not for this account." },
  body_invalid: { status: 422, title: "The body does not fit this channel." },
  body_too_large: { status: 413, title: "The body is too large." },
  headers_too_large: { status: 431, title: "The headers are too large." },
  request_timeout: { status: 408, title: "The request took too long to arrive." },
  bad_request: { status: 400, title: "The request cannot be parsed." },
  unauthorized: { status: 401, title: "The request has no API key." },
  key_invalid: { status: 401, title: "The API key is not valid." },
  scope_missing: { status: 403, title: "The API key lacks the scope for this request." },
  method_not_allowed: { status: 405, title: "The address does not accept this method." },
  contact_erased: { status: 409, title: "The contact's key was destroyed or is missing." },
  secrets_unreadable: { status: 409, title: "The stored secrets cannot be decrypted." },
  unreadable: { status: 409, title: "It cannot be decrypted." },
  endpoint_disabled: { status: 409, title: "The endpoint is disabled." },
  endpoint_limit: { status: 409, title: "The tenant has reached its limit of endpoints." },
  already_exists: { status: 409, title: "It exists already." },
  taken_over_by_other: { status: 409, title: "Another agent has taken over the conversation." },
  conversation_silent: { status: 409, title: "The conversation is taken over or paused." },
  not_replayable: { status: 409, title: "The dead letter cannot be replayed in its present state." },
  not_taken_over: { status: 409, title: "This agent has not taken over the conversation." },
  unsupported_media_type: { status: 415, title: "The body has an unsupported format." },
  request_invalid: { status: 422, title: "The request is invalid." },
  idempotency_key_missing: { status: 400, title: "This request needs an Idempotency-Key." },
  idempotency_in_progress: { status: 409, title: "The first request with this key is still in progress." },
  idempotency_key_reused: { status: 422, title: "The Idempotency-Key belongs to another request." },
  account_disabled: { status: 403, title: "The channel account is disabled." },
  account_unreadable: { status: 503, title: "The secrets of the channel account cannot be decrypted." },
  rate_limited: { status: 429, title: "Too many requests." },
  origin_refused: { status: 403, title: "Pages of this origin may not use this chat." },
  session_missing: { status: 401, title: "The request has no session token." },
  session_invalid: { status: 401, title: "The session token is not valid." },
  session_expired: { status: 401, title: "The session has expired. Open a new one." },
  session_elsewhere: { status: 403, title: "The session is for another conversation." },
  unavailable: { status: 503, title: "The request cannot be served right now. Send it again." },
  not_in_effect: { status: 503, title: "The event is kept, and it is not in effect yet." },
  internal: { status: 500, title: "Internal error." },
});

/** Where the time until the next success is not known. */
export const RETRY_AFTER_S = 5;

/** A caller may send the same request again later. */
export function isTemporary(status: number): boolean {
  return status === 429 || status === 503;
}

export type ProblemCode = keyof typeof PROBLEMS;

export function statusOf(code: ProblemCode): number {
  return PROBLEMS[code].status;
}

/** An error with a response: thrown anywhere below a route, formatted as RFC 9457 by the error handler. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  readonly title: string;
  readonly errors: readonly FieldProblem[];
  /** Seconds, for the field Retry-After of every 429 and 503; null for other problems. */
  readonly retryAfterS: number | null;
  constructor(
    code: ProblemCode,
    detail: string,
    errors: readonly FieldProblem[] = [],
    { retryAfterS = RETRY_AFTER_S, ...options }: { cause?: unknown; retryAfterS?: number } = {},
  ) {
    super(detail, options);
    this.code = code;
    this.status = PROBLEMS[code].status;
    this.title = PROBLEMS[code].title;
    this.errors = errors;
    this.retryAfterS = isTemporary(this.status) ? Math.max(1, Math.ceil(retryAfterS)) : null;
  }
}

export function isUnavailable(error: unknown): boolean {
  return error instanceof Problem && error.code === "unavailable";
}

const MAX_PATH = 200;

/** Without the query, which may contain personal data. */
export function shortenPath(url: string): string {
  const [path = ""] = url.split("?");
  return path.length > MAX_PATH ? `${path.slice(0, MAX_PATH)}…` : path;
}

/** `application/problem+json` of RFC 9457, with our code, the request id and the invalid fields. */
export function formatProblem(problem: Problem, request: { id: string; url: string }) {
  return {
    type: `urn:parley:problem:${problem.code}`,
    title: problem.title,
    status: problem.status,
    detail: problem.message,
    instance: shortenPath(request.url),
    code: problem.code,
    request_id: request.id,
    ...(problem.errors.length === 0 ? {} : { errors: problem.errors }),
  };
}

export const PROBLEM_SCHEMA = {
  $id: "Problem",
  type: "object",
  required: ["type", "title", "status", "detail", "code", "request_id"],
  properties: {
    type: { type: "string", examples: ["urn:parley:problem:signature_invalid"] },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    instance: { type: "string" },
    code: { type: "string", enum: Object.keys(PROBLEMS) },
    request_id: { type: "string" },
    errors: {
      type: "array",
      items: {
        type: "object",
        required: ["field", "message"],
        properties: { field: { type: "string" }, message: { type: "string" } },
      },
    },
  },
} as const;
