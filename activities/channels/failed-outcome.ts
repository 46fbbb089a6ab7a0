import { EgressFailed, EgressLate } from "../../infra/runtime/network/egress-guard.ts";
import { EgressRefused } from "../../infra/runtime/network/egress-refused.ts";
import type { SendOutcome } from "./channel.ts";
import { createRefusal } from "./http-refusal.ts";

/** The outcome of a call without a response. Only a connection that was never established certainly sent nothing. */
export function toFailedOutcome(error: unknown): SendOutcome {
  if (error instanceof EgressRefused) return createRefusal("config", error.code);
  if (error instanceof EgressLate) return { kind: "late", code: "connected_late" };
  if (!(error instanceof EgressFailed)) throw error;
  if (error.mayHaveExecuted) return { kind: "unknown", code: "response_lost" };
  return createRefusal("retry", "not_connected");
}
