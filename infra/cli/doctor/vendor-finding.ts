import type { Finding } from "./check.ts";

const LATER = "Try again later. Messages wait until then.";

/** For a response that says no more than its status. */
export function describeUnexpected(status: number): Finding {
  if (status >= 200 && status < 300)
    return reportMissing(
      "It responds, but not as the vendor does.",
      "Check that its base URL is the vendor's.",
    );
  return { state: "missing", version: null, detail: `It responded with ${status}.`, fix: LATER };
}

export function reportMissing(detail: string, fix: string): Finding {
  return { state: "missing", version: null, detail, fix };
}

/** A vendor's text for the report: one short line without control characters. */
export function quoteVendor(words: string): string {
  return `"${words.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, " ").slice(0, 200)}"`;
}
