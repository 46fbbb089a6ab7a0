import type { OperationError, OperationFailure, Subject } from "../../api/operations/operation-error.ts";
import { UserError } from "../runtime/errors.ts";
import { nameOption } from "./options/name-option.ts";
import { UsageError } from "./usage-error.ts";

type Code = OperationFailure["code"];
type Describe<C extends Code> = (failure: Extract<OperationFailure, { code: C }>) => string;

/** One sentence for each code: what is wrong, and the command that helps. */
const SENTENCES: { [C in Exclude<Code, "request_invalid">]: Describe<C> } = {
  not_found: ({ subject }) => NOT_FOUND[subject],
  already_exists: ({ tenantId }) => `A tenant "${tenantId}" exists already: give another id.`,
  scope_missing: ({ missing }) => `This needs the scope ${missing.join(", ")}.`,
  taken_over_by_other: ({ conversationId, agent }) =>
    `"${agent}" has taken over the conversation: \`parley conversations hand-back ${conversationId}\` takes it from them.`,
  not_taken_over: ({ conversationId, agent }) =>
    `Take the conversation over first, so that the assistant is silent: \`parley conversations take-over ${conversationId} --agent ${JSON.stringify(agent)}\`.`,
  conversation_silent: ({ conversationId }) =>
    `The conversation is taken over or paused: \`parley conversations hand-back ${conversationId}\` or \`parley conversations resume ${conversationId}\` first.`,
  contact_erased: () =>
    "The contact's key was destroyed or is missing: nothing can be sent to it until it writes again. Nothing was changed.",
  secrets_unreadable: () =>
    "No key of PARLEY_ENCRYPTION_KEYS decrypts the stored secrets. Nothing was changed: correct the keys, or `parley accounts rotate` with all secrets of the channel to replace the stored ones.",
  endpoint_limit: ({ limit }) =>
    `A tenant can have ${limit} endpoints: \`parley endpoints delete\` one first.`,
  endpoint_disabled: () => "The endpoint is disabled: `parley endpoints enable` it first.",
  not_replayable: () =>
    "The message cannot be decrypted, because its key is missing in PARLEY_ENCRYPTION_KEYS.",
};

const NOT_FOUND: Readonly<Record<Subject, string>> = Object.freeze({
  tenant: "There is no such tenant: `parley tenants list` shows all tenants.",
  key: "The tenant has no such key: `parley keys list` shows its keys.",
  account: "The tenant has no such account: `parley accounts list` shows its accounts.",
  contact: "The tenant has no such contact: `parley contacts list` shows its contacts.",
  contact_pair: "The tenant does not have both contacts: `parley contacts list` shows its contacts.",
  conversation: "The tenant has no such conversation: `parley conversations list` shows its conversations.",
  turn: "The tenant has no such turn: `parley turns list` shows the turns of a conversation.",
  delivery: "The tenant has no such delivery: `parley turns show` shows the deliveries of a turn.",
  dead_letter: "The tenant has no such dead letter: `parley dlq list` shows its dead letters.",
  endpoint: "The tenant has no such endpoint: `parley endpoints list` shows its endpoints.",
  event: "The tenant has no such event, or it is over 30 days old: `parley events list` shows its events.",
  event_or_endpoint:
    "The tenant does not have both the event and the endpoint: see `parley events list` and `parley endpoints list`.",
});

/** Wrong input is a usage error with exit code 2. Every other failure has exit code 1. */
export function toUserError({ failure }: OperationError): UserError {
  if (failure.code === "request_invalid")
    return new UsageError(failure.fields.map(({ path, message }) => ({ field: nameOption(path), message })));
  // The table has an entry of the right type for each code; the compiler cannot see that from a union.
  const describe = SENTENCES[failure.code] as (failure: OperationFailure) => string;
  return new UserError(describe(failure));
}
