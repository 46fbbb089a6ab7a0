import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePlainText } from "../../../../../activities/answer/retrieval/loaders/plain-text.ts";
import { joinWrappedLines } from "../../../../../activities/answer/retrieval/loaders/wrapped-lines.ts";

describe("parsePlainText", () => {
  it("the first paragraph of one line is the title, and empty lines end paragraphs", () => {
    expect(
      parsePlainText("The Crew Club\r\n\r\nJoining\r\nis free.\r\n \r\nLeave any time.\r\n"),
    ).toMatchObject({
      title: "The Crew Club",
      blocks: [
        { headings: [], text: "Joining\nis free." },
        { headings: [], text: "Leave any time." },
      ],
    });
  });

  it("a first paragraph that is the only one, is long or has several lines is not a title", () => {
    for (const first of ["Only this", `${"long ".repeat(30)}\n\nrest`, "two\nlines\n\nrest"]) {
      const { title, blocks } = parsePlainText(first);
      expect(title).toBeNull();
      expect(blocks[0]?.text).toBe(first.split("\n\n")[0]?.trim());
    }
  });
});

describe("joinWrappedLines", () => {
  const long = "This line runs as far to the right as its editor lets a line";

  it("wrapped lines are joined, and a hyphen is joined without a space", () => {
    expect(joinWrappedLines(`${long}\ngo on.`)).toBe(`${long} go on.`);
    expect(joinWrappedLines(`${long} third-\nparty`)).toBe(`${long} third-party`);
  });

  it("short lines, list items and ends of sentences are not joined", () => {
    for (const text of [
      "PRICES\nCity bike",
      `${long}\n- item`,
      `${long}\n2. item`,
      `${long}.\nHeading`,
      `${long}\n  set in`,
    ]) {
      expect(joinWrappedLines(text)).toBe(text);
    }
  });

  it("joining lines loses only line ends", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", "b", "-", ".", "*", " ", "\n", "1)", "é"),
      maxLength: 400,
    });
    fc.assert(
      fc.property(text, (source) => {
        expect(joinWrappedLines(source).replace(/\s/g, "")).toBe(source.replace(/\s/g, ""));
      }),
    );
  });
});
