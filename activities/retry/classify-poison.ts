import { ApplicationFailure, CancelledFailure } from "@temporalio/activity";
import { isTransientDbError, isPermanentDbError } from "../../db/connection/postgres.ts";
import { isUnreadable } from "../../db/connection/vault.ts";

/** The channel or the account that a turn needs is not there: only an operator can change that. */
export class NotConfigured extends Error {
  override readonly name = "NotConfigured";
}

/**
 * Why a step would fail alike each time, in a word, or null where it may go well later: stores and networks come back. Nothing that was
 * promised is given up for weather, so in doubt an error is weather.
 */
export function classifyPoison(error: unknown): string | null {
  // What a step says in the engine's own words is decided by its type.
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return null;
  if (!(error instanceof Error)) return "poison:broken";
  if (isUnreadable(error)) return "poison:unreadable";
  if (error instanceof NotConfigured) return "poison:not_configured";
  if (isPermanentDbError(error)) return "poison:not_storable";
  return isTransient(error) ? null : "poison:broken";
}

const TRANSIENT_ERRORS: ReadonlySet<string> = new Set(["AbortError", "TimeoutError"]);

function isTransient(error: Error): boolean {
  if (isTransientDbError(error) || TRANSIENT_ERRORS.has(error.name)) return true;
  const code = readErrorCode(error);
  // Sockets and vendors' clients have codes; Node's own complaints about arguments begin with ERR_.
  if (code !== null && !code.startsWith("ERR_")) return true;
  return error.cause instanceof Error && isTransient(error.cause);
}

function readErrorCode(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}
