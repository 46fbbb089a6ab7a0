import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePlainText } from "../../../../../activities/answer/retrieval/loaders/plain-text.ts";
import { joinWrappedLines } from "../../../../../activities/answer/retrieval/loaders/wrapped-lines.ts";

describe("parsePlainText", () => {
  it("takes a first line that stands alone as title and empty lines as the ends of paragraphs", () => {
    expect(parsePlainText("The Crew Club\r\n\r\nJoining\r\nis free.\r\n \r\nLeave any time.\r\n")).toEqual({
      title: "The Crew Club",
      blocks: [
        { headings: [], text: "Joining\nis free." },
        { headings: [], text: "Leave any time." },
      ],
    });
  });

  it("has no title where the first paragraph is the only one, is long or has several lines", () => {
    for (const first of ["Only this", `${"long ".repeat(30)}\n\nrest`, "two\nlines\n\nrest"]) {
      const { title, blocks } = parsePlainText(first);
      expect(title).toBeNull();
      expect(blocks[0]?.text).toBe(first.split("\n\n")[0]?.trim());
    }
  });
});

describe("joinWrappedLines", () => {
  const long = "This line runs as far to the right as its editor lets a line";

  it("joins a line that the margin broke, a hyphen without a space", () => {
    expect(joinWrappedLines(`${long}\ngo on.`)).toBe(`${long} go on.`);
    expect(joinWrappedLines(`${long} third-\nparty`)).toBe(`${long} third-party`);
  });

  it("leaves short lines, list items and ends of sentences alone", () => {
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

  it("loses nothing but line ends", () => {
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
