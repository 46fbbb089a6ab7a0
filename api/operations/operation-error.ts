/** What an operation can fail to find. */
export type Subject =
  | "tenant"
  | "key"
  | "account"
  | "contact"
  | "contact_pair"
  | "conversation"
  | "turn"
  | "delivery"
  | "dead_letter"
  | "endpoint"
  | "event"
  | "event_or_endpoint";

export interface InvalidField {
  /** The field as the REST API names it: `["secrets", "inbound"]`. */
  path: readonly PropertyKey[];
  /** The rule, such as "must not be empty". It never holds the value. */
  message: string;
}

/**
 * Why an operation changed nothing. The list is closed: `api/v1/http/operation-problem.ts` maps each code to a problem, and
 * `infra/cli/describe-operation-error.ts` maps it to a sentence and an exit code.
 */
export type OperationFailure =
  | { code: "not_found"; subject: Subject }
  | { code: "already_exists"; tenantId: string }
  | { code: "request_invalid"; fields: readonly InvalidField[] }
  | { code: "scope_missing"; missing: readonly string[] }
  | { code: "taken_over_by_other"; conversationId: string; agent: string }
  | { code: "not_taken_over"; conversationId: string; agent: string }
  | { code: "conversation_silent"; conversationId: string }
  | { code: "endpoint_limit"; limit: number }
  | { code: "endpoint_disabled" }
  | { code: "secrets_unreadable" }
  | { code: "contact_erased" }
  | { code: "not_replayable" };

export class OperationError extends Error {
  override name = "OperationError";
  readonly failure: OperationFailure;
  constructor(failure: OperationFailure) {
    super(failure.code);
    this.failure = failure;
  }
}

export function requireFound<T>(subject: Subject, found: T | null): T {
  if (found === null) throw new OperationError({ code: "not_found", subject });
  return found;
}
