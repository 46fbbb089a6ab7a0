import type { Finding } from "./part.ts";

const LATER = "Try again later; meanwhile messages wait and are sent when it is back.";

/** Where what was answered says no more than its status. */
export function unexpected(status: number): Finding {
  if (status >= 200 && status < 300)
    return missing("It answers, but not as the vendor does.", "Check that its base URL is the vendor's own.");
  return { state: "missing", version: null, detail: `It answered ${status}.`, fix: LATER };
}

export function missing(detail: string, fix: string): Finding {
  return { state: "missing", version: null, detail, fix };
}

/** A vendor's own words in a report: one short line, whatever they hold. */
export function quoted(words: string): string {
  return `"${words.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, " ").slice(0, 200)}"`;
}
