import { ApplicationFailure, CancelledFailure } from "@temporalio/activity";
import { isTransient } from "../../db/connection/is-transient.ts";
import { isPermanentDbError, isStatementTimeout } from "../../db/connection/postgres.ts";
import { isUnreadable } from "../../db/connection/vault.ts";

/** The channel or the account that a turn needs is missing: only an operator can change that. */
export class NotConfigured extends Error {
  override readonly name = "NotConfigured";
}

/**
 * The reason code of a permanent error, or null where a later attempt may succeed. An error with any code of a store or of a network
 * counts as transient, because a promised reply is never dropped for an outage.
 */
export function classifyPoison(error: unknown): string | null {
  // The type of a Temporal failure has decided already whether it is retried.
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return null;
  if (!(error instanceof Error)) return "poison:broken";
  if (isUnreadable(error)) return "poison:unreadable";
  if (error instanceof NotConfigured) return "poison:not_configured";
  if (isPermanentDbError(error)) return "poison:not_storable";
  // Postgres is there and ends a statement that is too slow. It may be too slow for this turn at every attempt.
  if (isStatementTimeout(error)) return "poison:too_slow";
  return isTransient(error) ? null : "poison:broken";
}
