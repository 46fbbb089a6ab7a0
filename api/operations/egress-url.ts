import type { z } from "zod";
import { checkUrl, type EgressRules } from "../../infra/runtime/network/egress-guard.ts";
import { EgressRefused } from "../../infra/runtime/network/egress-refused.ts";
import { text } from "../../infra/runtime/config/field-rules.ts";

/** A URL of the tenant that Parley will call. The egress guard checks each send again, because a name can resolve to another address. */
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
