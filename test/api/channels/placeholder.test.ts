import { expect, it } from "vitest";
import { collectWords, formatForm, formatPlaceholder } from "../../../api/channels/placeholder.ts";

it("a text made of a vendor's fields has no character that the stores refuse", () => {
  const words = "a\0b\uD83D";
  const clean = "a\uFFFDb\uFFFD";
  expect(formatPlaceholder("form", words)).toBe(`[form: ${clean}]`);
  expect(collectWords([{ text: words }], new Set(["text"]))).toEqual([clean]);
  expect(formatForm(JSON.stringify({ name: words }))).toBe(`name: ${clean}`);
  expect(formatForm(words)).toBe(clean);
});

it("a form with a long name around thousands of fields is no longer than its fields and short names", () => {
  const fields = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`field ${i}`, 1]));
  const answers = formatForm(JSON.stringify({ ["n".repeat(10_000)]: fields }));
  expect(answers.split("\n")).toHaveLength(1_000);
  expect(answers.length).toBeLessThan(1_000 * 250);
});
