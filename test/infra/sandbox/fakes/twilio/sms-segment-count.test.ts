import { expect, test } from "vitest";
import { smsSegmentCount } from "../../../../../infra/sandbox/fakes/twilio/sms-segment-count.ts";

test.each([
  ["160 plain letters", "a".repeat(160), 1],
  ["161 plain letters", "a".repeat(161), 2],
  ["80 letters of the extension table", "€".repeat(80), 1],
  ["81 letters of the extension table", "€".repeat(81), 2],
  ["70 letters outside GSM", "ж".repeat(70), 1],
  ["71 letters with one emoji", `${"a".repeat(70)}🙂`, 2],
])("the SMS segments are counted for %s", (_what, text, segments) => {
  expect(smsSegmentCount(text)).toBe(segments);
});
