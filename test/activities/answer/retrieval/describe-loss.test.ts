import { expect, test } from "vitest";
import { describeLoss, formatLostText } from "../../../../activities/answer/retrieval/describe-loss.ts";

const report = { path: "faq.pdf", count: { visible: 100, kept: 100 }, pages: [], losses: [] };
const scan = { what: "pages 2 to 10 hold no text", fix: "run OCR on the file" };

test("a file that kept nine tenths of its text, without a named loss, is not reported", () => {
  expect(describeLoss({ ...report, count: { visible: 100, kept: 90 } })).toBeNull();
  expect(describeLoss({ ...report, count: { visible: 0, kept: 0 } })).toBeNull();
});

test("text that is left out on purpose is no loss", () => {
  expect(describeLoss({ ...report, losses: [{ ...scan, isOnPurpose: true }] })).toBeNull();
});

test("a loss is one line with the share, the place and what to do", () => {
  const loss = describeLoss({ ...report, count: { visible: 1_000, kept: 387 }, losses: [scan] });
  expect(loss === null ? "" : formatLostText(loss)).toBe(
    "kept 38 % of the text of faq.pdf: pages 2 to 10 hold no text; run OCR on the file",
  );
});

test("a file that lost text without a named cause says what to do too", () => {
  const loss = describeLoss({ ...report, count: { visible: 100, kept: 80 } });
  expect(loss === null ? "" : formatLostText(loss)).toContain(
    "kept 80 % of the text of faq.pdf: compare it with",
  );
});
