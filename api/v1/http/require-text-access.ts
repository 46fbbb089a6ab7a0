import { OperationError } from "../../operations/operation-error.ts";
import type { Caller } from "./authenticator.ts";

/**
 * For a change by which its caller could read texts: who chooses the receiver of replies or the vendor account that sends them gets their
 * texts, and who links contacts can ask the assistant about the other one.
 */
export function requireTextAccess({ scopes }: Pick<Caller, "scopes">): void {
  if (scopes.includes("conversations:read")) return;
  throw new OperationError({ code: "scope_missing", missing: ["conversations:read"] });
}
