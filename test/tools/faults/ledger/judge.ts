import type { Verdict } from "../campaign.ts";

const MAX_VIOLATIONS = 8;

/** Examines each item. `problemOf` returns one sentence about a violation, or null. */
export function judge<T>(items: Iterable<T>, problemOf: (item: T) => string | null): Verdict {
  const all = [...items];
  const violations = all.flatMap((item) => problemOf(item) ?? []);
  return {
    ok: violations.length === 0,
    checked: all.length,
    violations: violations.slice(0, MAX_VIOLATIONS),
  };
}

export function merge(verdicts: Verdict[]): Verdict {
  return {
    ok: verdicts.every(({ ok }) => ok),
    checked: verdicts.reduce((sum, { checked }) => sum + checked, 0),
    violations: verdicts.flatMap(({ violations }) => violations).slice(0, MAX_VIOLATIONS),
  };
}
