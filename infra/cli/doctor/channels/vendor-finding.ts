import { type Fault, toFault } from "../../../runtime/faults/fault.ts";
import { createMisconfiguration, type Finding, reportFaults } from "../check.ts";

const LATER = "Try again later. Messages wait until then.";

/** For a response that says no more than its status. */
export function describeUnexpected(status: number): Finding {
  return reportFaults([createUnexpected(status)]);
}

function createUnexpected(status: number): Fault {
  const cause = `It responded with ${status}.`;
  if (status === 408 || status === 429 || status >= 500)
    return toFault("channel", { kind: "outage", what: "unavailable", cause, fix: LATER });
  if (status >= 400)
    return createMisconfiguration("channel", [
      "call_refused",
      cause,
      "Check that the token, the id and the base URL of the channel belong together.",
    ]);
  return createMisconfiguration("channel", [
    "other_server",
    "It responds, but not as the vendor does.",
    "Check that its base URL is the vendor's.",
  ]);
}

/** A wrong setting of a channel. */
export function reportMissing(what: string, detail: string, fix: string): Finding {
  return reportFaults([createMisconfiguration("channel", [what, detail, fix])]);
}

/** A vendor's text for the report: one short line without control characters. */
export function quoteVendor(words: string): string {
  return `"${words.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, " ").slice(0, 200)}"`;
}
