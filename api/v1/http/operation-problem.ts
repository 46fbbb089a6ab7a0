import type { OperationError, OperationFailure, Subject } from "../../operations/operation-error.ts";
import { Problem } from "../../problem.ts";

type Describe<Code extends OperationFailure["code"]> = (
  failure: Extract<OperationFailure, { code: Code }>,
) => string;

/** The `detail` of each problem. The codes of operations are codes of problems. */
const DETAILS: { [Code in OperationFailure["code"]]: Describe<Code> } = {
  not_found: ({ subject }) => NOT_FOUND[subject],
  already_exists: ({ tenantId }) => `A tenant "${tenantId}" exists already.`,
  request_invalid: () => "The body is not valid. Nothing was changed.",
  scope_missing: ({ missing }) => `This needs a key with the scope ${missing.join(", ")}.`,
  taken_over_by_other: ({ agent }) =>
    `"${agent}" has taken over the conversation and must hand it back first.`,
  not_taken_over: ({ conversationId }) =>
    `Take the conversation over first, so that the assistant is silent: POST /v1/conversations/${conversationId}/take-over.`,
  conversation_silent: () => "The conversation is taken over or paused: hand it back or resume it first.",
  contact_erased: () =>
    "No text can be stored for the contact and nothing can be sent to it, until it writes again. Nothing was changed.",
  secrets_unreadable: () =>
    "The server has no key for the stored secrets. Nothing was changed. Correct PARLEY_ENCRYPTION_KEYS, or rotate with all secrets of the channel to replace the stored ones.",
  endpoint_limit: ({ limit }) => `A tenant can have ${limit} endpoints: delete one first.`,
  endpoint_disabled: () => "Enable the endpoint first.",
  not_replayable: () => "The message cannot be decrypted, because its key is missing.",
};

const NOT_FOUND: Readonly<Record<Subject, string>> = Object.freeze({
  tenant: "There is no such tenant.",
  key: "The tenant has no such key.",
  account: "The tenant has no such channel account.",
  contact: "The tenant has no such contact.",
  contact_pair: "The tenant does not have both contacts.",
  conversation: "The tenant has no such conversation.",
  turn: "The tenant has no such turn.",
  delivery: "The tenant has no such delivery.",
  dead_letter: "The tenant has no such dead letter. A dead letter that arrived later is not one any more.",
  endpoint: "The tenant has no such endpoint.",
  event: "The tenant has no such event, or it is over 30 days old.",
  event_or_endpoint: "The tenant does not have both the event and the endpoint.",
});

export function toProblem({ failure }: OperationError): Problem {
  // The table has an entry of the right type for each code; the compiler cannot see that from a union.
  const describe = DETAILS[failure.code] as (failure: OperationFailure) => string;
  const fields = failure.code === "request_invalid" ? failure.fields : [];
  const errors = fields.map(({ path, message }) => ({
    field: ["body", ...path.map(String)].join("."),
    message,
  }));
  return new Problem(failure.code, describe(failure), errors);
}
