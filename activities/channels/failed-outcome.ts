import { EgressFailed, EgressRefused } from "../../infra/runtime/network/egress-guard.ts";
import type { SendOutcome } from "./channel.ts";
import { createRefusal } from "./http-refusal.ts";

/** What a call without an answer means for the delivery: only a connection that was never made surely sent nothing. */
export function toFailedOutcome(error: unknown): SendOutcome {
  if (error instanceof EgressRefused) return createRefusal("config", error.message);
  if (!(error instanceof EgressFailed)) throw error;
  if (error.mayHaveExecuted) return { kind: "unknown", code: "response_lost" };
  return createRefusal("retry", "not_connected");
}
