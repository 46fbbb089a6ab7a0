import fc from "fast-check";
import { expect, it } from "vitest";
import { formatTable } from "../../../../infra/cli/views/format-table.ts";
import { measureText, shortenText, wrapText } from "../../../../infra/cli/views/text-width.ts";

const ID = "0b8f6f3c-8f0e-4a51-9a2b-3f6f5f1a7c11";
const ROWS = [
  ["id", "state", "reason", "endpoint"],
  [ID, "failed", "refused:retry:attempts_exhausted", ID],
];

it("a table without a width has one line for each row and whole values", () => {
  const lines = formatTable(ROWS, { width: Infinity }).split("\n");
  expect(lines).toHaveLength(ROWS.length);
  expect(lines[1]).toBe(`${ID}  failed  refused:retry:attempts_exhausted  ${ID}`);
});

it("a row that is too wide for the terminal continues on further lines with whole ids", () => {
  expect(formatTable(ROWS, { width: 80 }).split("\n")).toEqual([
    `${"id".padEnd(ID.length)}  state   reason`,
    "  endpoint",
    `${ID}  failed  refused:retry:attempts_exhausted`,
    `  ${ID}`,
  ]);
});

it("a cell that is wider than the terminal ends with an ellipsis", () => {
  expect(formatTable([["text"], ["a".repeat(90)]], { width: 80 })).toBe(`text\n${"a".repeat(77)}…`);
});

it("a table fits every terminal, whatever its cells contain", () => {
  const cells = fc.array(fc.string({ unit: "grapheme", maxLength: 60 }), { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(
      fc.array(cells, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 5, max: 120 }),
      (rows, width) => {
        const clean = rows.map((row) => row.map((cell) => cell.replaceAll(/[\s\p{Cc}]+/gu, " ")));
        for (const line of formatTable(clean, { width }).split("\n"))
          expect(measureText(line), line).toBeLessThanOrEqual(width);
      },
    ),
  );
});

it("emoji and Chinese characters count as two columns", () => {
  expect([measureText("👋🏽"), measureText("你好"), measureText("é")]).toEqual([2, 4, 1]);
  expect(shortenText("你好吗", 5)).toBe("你好…");
});

it("wrapped text keeps its words, and a long word is broken", () => {
  expect(wrapText("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrapText("abcdefgh", 3)).toEqual(["abc", "def", "gh"]);
});
