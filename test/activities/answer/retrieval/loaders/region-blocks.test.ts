import { expect, test } from "vitest";
import { toBlocks } from "../../../../../activities/answer/retrieval/loaders/pdf/region-blocks.ts";

/** A row of texts that begin at these places. */
function placeRow(y: number, cells: Readonly<Record<number, string>>) {
  return Object.entries(cells).map(([left, text]) => ({
    text,
    left: Number(left),
    right: Number(left) + text.length * 5,
    y,
    size: 10,
  }));
}

test("a cell after an empty one stays below its own header", () => {
  const rows = [
    placeRow(100, { 50: "Bike", 150: "Day", 250: "Week" }),
    placeRow(114, { 50: "Tandem", 255: "190" }),
    placeRow(128, { 50: "City", 155: "19", 255: "95" }),
  ];
  expect(toBlocks(rows)).toEqual([
    {
      kind: "table",
      rows: [
        ["Bike", "Day", "Week"],
        ["Tandem", "", "190"],
        ["City", "19", "95"],
      ],
    },
  ]);
});

test("the second line of a cell belongs to its row", () => {
  const rows = [
    placeRow(100, { 50: "Bike", 150: "Note" }),
    placeRow(114, { 50: "Tandem", 150: "for two riders" }),
    placeRow(128, { 150: "of one height" }),
    placeRow(142, { 50: "City", 150: "red" }),
    placeRow(156, { 50: "Trike", 150: "blue" }),
  ];
  expect(toBlocks(rows)).toEqual([
    {
      kind: "table",
      rows: [
        ["Bike", "Note"],
        ["Tandem", "for two riders of one height"],
        ["City", "red"],
        ["Trike", "blue"],
      ],
    },
  ]);
});

test("a sentence below a table, and a line with a wide gap, are text", () => {
  const rows = [
    placeRow(100, { 50: "Bike", 150: "Day" }),
    placeRow(114, { 50: "City", 150: "19" }),
    placeRow(160, { 50: "Prices are in dollars.", 300: "2027" }),
    placeRow(174, { 50: "Ask us for groups." }),
  ];
  expect(toBlocks(rows)).toEqual([
    {
      kind: "table",
      rows: [
        ["Bike", "Day"],
        ["City", "19"],
      ],
    },
    { kind: "lines", lines: ["Prices are in dollars. 2027", "Ask us for groups."] },
  ]);
});
