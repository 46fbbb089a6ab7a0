import fc from "fast-check";
import { expect, test } from "vitest";
import { parseRetryAfterMs } from "../../../activities/channels/retry-after.ts";

const NOW = new Date("2026-01-01T00:00:00Z");
const DAY_MS = 86_400_000;

test.each([
  ["0", 0],
  ["5", 5_000],
  [" 120 ", 120_000],
  ["0.729", 729],
  ["86400", DAY_MS],
  ["86401", DAY_MS],
  ["9".repeat(400), null],
  ["999999999999", DAY_MS],
  ["Thu, 01 Jan 2026 00:01:00 GMT", 60_000],
  ["Thursday, 01-Jan-26 00:01:00 GMT", 60_000],
  ["Fri, 01 Jan 2027 00:00:00 GMT", DAY_MS],
])("%.40j is a wait of %j ms", (header, wait) => {
  expect(parseRetryAfterMs(header, NOW)).toBe(wait);
});

test.each([
  "",
  " ",
  "-5",
  "+60",
  "60s",
  "1e3",
  "0x10",
  "NaN",
  "Infinity",
  "soon",
  "try again in 2099",
  "5 minutes",
  "2099-01-01",
  "Wed, 31 Dec 2025 23:59:59 GMT",
  "Thu, 99 Jan 2026 00:00:00 GMT",
])("%j is no wait", (header) => {
  expect(parseRetryAfterMs(header, NOW)).toBeNull();
});

test("a missing or repeated header is no wait", () => {
  expect(parseRetryAfterMs(undefined, NOW)).toBeNull();
  expect(parseRetryAfterMs(["5", "6"], NOW)).toBeNull();
});

test("a wait is never negative, never longer than a day, never NaN", () => {
  const header = fc.oneof(
    fc.string(),
    fc.integer().map(String),
    fc.double().map(String),
    fc.date().map(String),
  );
  fc.assert(
    fc.property(header, (text) => {
      const wait = parseRetryAfterMs(text, NOW);
      expect(wait === null || (wait >= 0 && wait <= DAY_MS)).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});
