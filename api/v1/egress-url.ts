import type { z } from "zod";
import { checkedUrl, EgressRefused, type EgressRules } from "../../infra/runtime/egress-guard.ts";
import { text } from "../../infra/runtime/field-rules.ts";

/** An address of the tenant's that we shall call. What can be told before its name is resolved; the guard decides again at each send. */
export function egressUrl(egress: EgressRules): z.ZodType<string> {
  return text(2_000).superRefine((value, context) => {
    try {
      checkedUrl(value, egress);
    } catch (error) {
      if (!(error instanceof EgressRefused)) throw error;
      context.addIssue(`cannot be used: ${error.message}`);
    }
  });
}
