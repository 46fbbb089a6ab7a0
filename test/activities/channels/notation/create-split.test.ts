import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { renderMarkdown } from "../../../../activities/answer/markdown/render-markdown.ts";
import { createSplit } from "../../../../activities/channels/notation/create-split.ts";
import { NOTATIONS, writeReply } from "../../../../activities/channels/notation/notation.ts";
import { decodeReplyText, encodeReplyText, joinReplies } from "../../../../db/delivery/reply-text.ts";

const cut = (markdown: string, size: number, notation: keyof typeof NOTATIONS = "whatsapp") =>
  createSplit(notation, (text) => text.length <= size).split(renderMarkdown(markdown));

test("a mark that is cut goes on in the next part, and the signs count", () => {
  const parts = cut("**One two three four**", 12);
  expect(parts.map((part) => writeReply("whatsapp", part))).toEqual(["*One two*", "*three four*"]);
  expect(parts.map(({ text }) => text)).toEqual(["One two", "three four"]);
});

test("every part fits in each notation, and no letter is lost", () => {
  const unit = fc.constantFrom(
    "word ",
    "**bold** ",
    "`code` ",
    "~~old~~ ",
    "> quoted\n\n",
    "- item\n",
    "“Yes…” ",
    "🙂",
    "星期六营业。",
  );
  const letters = (text: string) => text.replace(/[^\p{L}]/gu, "");
  fc.assert(
    fc.property(
      fc.string({ unit, maxLength: 40 }),
      fc.integer({ min: 14, max: 80 }),
      fc.constantFrom(...(Object.keys(NOTATIONS) as (keyof typeof NOTATIONS)[])),
      (markdown, size, notation) => {
        const parts = cut(markdown, size, notation);
        expect(parts.filter((part) => writeReply(notation, part).length > size)).toEqual([]);
        expect(parts.map(({ text }) => letters(text)).join("")).toBe(letters(renderMarkdown(markdown).text));
      },
    ),
    { numRuns: 300 },
  );
});

describe("the stored form of a reply part", () => {
  test("a text without marks is stored alone, as it was before there were marks", () => {
    expect(encodeReplyText({ text: "**as it is**", marks: [] })).toBe("**as it is**");
    expect(decodeReplyText("**as it is**")).toEqual({ text: "**as it is**", marks: [] });
  });

  test("marks come back, and a text cannot forge them", () => {
    const reply = renderMarkdown("**a** b");
    expect(decodeReplyText(encodeReplyText(reply))).toEqual(reply);
    expect(decodeReplyText(encodeReplyText({ text: "a\0[]", marks: [] }))).toEqual({
      text: "a[]",
      marks: [],
    });
  });

  test("joined parts keep their marks", () => {
    const parts = cut("**One two three four**", 12);
    expect(joinReplies(parts)).toEqual({
      text: "One two\nthree four",
      marks: [
        { kind: "bold", start: 0, end: 7 },
        { kind: "bold", start: 8, end: 18 },
      ],
    });
  });
});
