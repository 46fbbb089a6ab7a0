import { isPermanentDbError, isTransientDbError } from "./postgres.ts";

/** True for errors of stores and networks that a later attempt may avoid. False for rejections and for errors in our code. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error) || isPermanentDbError(error)) return false;
  if (isTransientDbError(error)) return true;
  const code = "code" in error && typeof error.code === "string" ? error.code : null;
  // Sockets and vendors' clients set codes; Node's complaints about arguments begin with ERR_.
  if (code !== null && !code.startsWith("ERR_")) return true;
  return isTransient(error.cause);
}
