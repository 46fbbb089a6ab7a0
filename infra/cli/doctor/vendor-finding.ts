import type { Finding } from "./check.ts";

const LATER = "Try again later; meanwhile messages wait and are sent when it is back.";

/** Where what was answered says no more than its status. */
export function describeUnexpected(status: number): Finding {
  if (status >= 200 && status < 300)
    return reportMissing(
      "It answers, but not as the vendor does.",
      "Check that its base URL is the vendor's own.",
    );
  return { state: "missing", version: null, detail: `It answered ${status}.`, fix: LATER };
}

export function reportMissing(detail: string, fix: string): Finding {
  return { state: "missing", version: null, detail, fix };
}

/** A vendor's own words in a report: one short line, whatever they hold. */
export function quoteVendor(words: string): string {
  return `"${words.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, " ").slice(0, 200)}"`;
}
