import { expect, test } from "vitest";
import { orderRows } from "../../../../../activities/answer/retrieval/loaders/pdf/page-layout.ts";

function place(text: string, left: number, y: number, isRightToLeft = false) {
  return { text, left, right: left + text.length * 5, y, size: 10, isRightToLeft };
}

function readLines(items: Parameters<typeof orderRows>[0]): string[] {
  return orderRows(items).flatMap((region) => region.map((row) => row.map(({ text }) => text).join(" | ")));
}

test("the words of a line are in the order of their places, and a raised digit belongs to its line", () => {
  const items = [place("day", 93, 100), place("19 dollars a", 30, 100), place("2", 110, 97)];
  expect(readLines(items)).toEqual(["19 dollars a day 2"]);
});

test("a line that is read from right to left begins at the right", () => {
  expect(readLines([place("שתיים", 50, 100, true), place("אחת", 80, 100, true)])).toEqual(["אחת שתיים"]);
});

test("a heading above two columns, and a longer left column, keep their places", () => {
  const left = Array.from({ length: 6 }, (_, i) => place(`the left column has line ${i}`, 50, 120 + i * 12));
  const right = Array.from({ length: 4 }, (_, i) =>
    place(`the right column has line ${i}`, 300, 126 + i * 12),
  );
  const heading = place("A heading that is as wide as both of the columns of this page", 50, 90);
  expect(readLines([heading, ...right, ...left])).toEqual(
    [heading, ...left, ...right].map(({ text }) => text),
  );
});

test("the cells of a table stay in their rows, however long the first column is", () => {
  const rows = ["A city bike with three gears", "A tandem for two riders", "A trailer for two children"];
  const items = rows.flatMap((text, i) => [place(text, 50, 100 + i * 12), place(`${i}9`, 300, 100 + i * 12)]);
  expect(readLines(items)).toEqual(rows.map((text, i) => `${text} | ${i}9`));
});
