import type { z } from "zod";
import { checkUrl, EgressRefused, type EgressRules } from "../../infra/runtime/network/egress-guard.ts";
import { text } from "../../infra/runtime/config/field-rules.ts";

/** An address of the tenant's that we shall call. What can be told before its name is resolved; the guard decides again at each send. */
export function egressUrl(egress: EgressRules): z.ZodType<string> {
  return text(2_000).superRefine((value, context) => {
    try {
      checkUrl(value, egress);
    } catch (error) {
      if (!(error instanceof EgressRefused)) throw error;
      context.addIssue(`cannot be used: ${error.message}`);
    }
  });
}
