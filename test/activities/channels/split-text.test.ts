import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitText } from "../../../activities/channels/split-text.ts";

const fitsWithin = (size: number) => (part: string) => part.length <= size;
const stripWhitespace = (text: string) => text.replaceAll(/\s+/gu, "");

describe("a text is cut", () => {
  test("a text that fits is not cut, and its outer white space is removed", () => {
    expect(splitText("  One. Two.\n", fitsWithin(20))).toEqual(["One. Two."]);
    expect(splitText("x".repeat(20), fitsWithin(20))).toHaveLength(1);
    expect(splitText("", fitsWithin(20))).toEqual([""]);
  });

  test("a text is cut at a paragraph rather than a sentence, and at a sentence rather than a word", () => {
    expect(splitText("One two. Three.\n\nFour five. Six.", fitsWithin(25))).toEqual([
      "One two. Three.",
      "Four five. Six.",
    ]);
    expect(splitText("One two. Three four five six", fitsWithin(16))).toEqual([
      "One two.",
      "Three four five",
      "six",
    ]);
    expect(splitText("one two three", fitsWithin(9))).toEqual(["one two", "three"]);
  });

  test("a sentence of a script without spaces ends a part, and a word of it is not cut", () => {
    const text = "我们周二至周五营业。星期六也营业！星期一休息。";
    expect(splitText(text + text, fitsWithin(25))).toEqual([text, text]);
    expect(splitText("我们周二至周五营业", fitsWithin(4))).toEqual(["我们周二", "至周五", "营业"]);
    expect(splitText("営業時間は九時から六時までです。日曜日は休みです。", fitsWithin(20))).toEqual([
      "営業時間は九時から六時までです。",
      "日曜日は休みです。",
    ]);
    expect(splitText("ร้านเปิดเก้าโมงเช้า", fitsWithin(10)).join("|")).toBe("ร้านเปิด|เก้าโมง|เช้า");
  });

  test("a part begins with no closing mark and ends with no opening one", () => {
    expect(splitText("周二（上午）营业", fitsWithin(3))).toEqual(["周二", "（上午", "）营业"]);
    expect(splitText("コーヒー。おちゃ", fitsWithin(4))).toEqual(["コーヒー", "。おちゃ"]);
  });

  test.each([
    [
      "the number of an item",
      "1. Open the box and look.\n2. Take out all of it.",
      30,
      ["1. Open the box and look.", "2. Take out all of it."],
    ],
    [
      "a number at the end of a part",
      "1. Open the box.\n2. Take it out.\n3. Read",
      20,
      ["1. Open the box.", "2. Take it out.", "3. Read"],
    ],
    [
      "an initial",
      "We met with J. Smith there. He was late",
      30,
      ["We met with J. Smith there.", "He was late"],
    ],
    [
      "an abbreviation",
      "You should ask for Dr. Miller at noon then",
      35,
      ["You should ask for Dr. Miller at", "noon then"],
    ],
  ])("%s is no end of a sentence", (_, text, size, parts) => {
    expect(splitText(text, fitsWithin(size))).toEqual(parts);
  });

  test("an address is not cut after its question mark or before its Chinese letters", () => {
    const text = "请访问https://a.example/x?Y=1查询，谢谢";
    expect(splitText(text, fitsWithin(28))).toEqual(["请访问", "https://a.example/x?Y=1查询，谢谢"]);
  });

  test("a text is not cut at a border that would leave a tiny part", () => {
    expect(splitText(`Hi.\n\n${"word ".repeat(10)}`, fitsWithin(40))[0]?.length).toBeGreaterThan(13);
  });

  test("a text is cut before a URL, not inside it, even if the URL has a dot or a question mark", () => {
    const url = "https://shop.example.com/orders?id=42&from=sms.";
    expect(splitText(`Your order is here: ${url} Thanks!`, fitsWithin(50))).toEqual([
      "Your order is here:",
      url,
      "Thanks!",
    ]);
  });

  test("a text is cut inside a word only if the word alone does not fit", () => {
    expect(splitText(`a ${"x".repeat(25)} b`, fitsWithin(10))).toEqual([
      "a",
      "x".repeat(10),
      "x".repeat(10),
      "xxxxx b",
    ]);
  });

  test("a text is cut between families, flags and accents, never inside them", () => {
    for (const grapheme of ["👩‍👩‍👧‍👦", "🇩🇪", "e\u0301", "👍🏽", "क्षि", "한"]) {
      for (const part of splitText(grapheme.repeat(40), fitsWithin(grapheme.length * 3 + 1)))
        expect(part).toBe(grapheme.repeat(part.length / grapheme.length));
    }
  });

  test("a text is cut inside a grapheme only if the grapheme alone does not fit", () => {
    const parts = splitText(`a${"\u0301".repeat(3_000)}`, fitsWithin(1_600));
    expect(parts.map((part) => part.length)).toEqual([1_600, 1_401]);
  });
});

test("every part fits, none is empty, and only white space is lost", () => {
  const unit = fc.constantFrom(
    "a",
    "bc",
    ". ",
    "! ",
    "\n\n",
    " ",
    "🙂",
    "👩‍👩‍👧",
    "e\u0301",
    "https://a.example/b?c=d ",
    "。",
  );
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 300 }), fc.integer({ min: 12, max: 120 }), (text, size) => {
      const parts = splitText(text, fitsWithin(size));
      if (text.trim() !== "") expect(parts.filter((part) => part === "" || part !== part.trim())).toEqual([]);
      expect(parts.every((part) => part.length <= size && part.isWellFormed())).toBe(true);
      expect(stripWhitespace(parts.join(" "))).toBe(stripWhitespace(text));
    }),
    { numRuns: 1_000 },
  );
});

test("a URL that fits into a part stays whole", () => {
  const url = fc
    .webUrl({ withQueryParameters: true, withFragments: true })
    .filter((text) => text.length <= 100);
  const word = fc.oneof(url, fc.constantFrom("the", "order", "is.", "here!", "now\n\nplease", "🙂"));
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 40 }), (words) => {
      const parts = splitText(words.join(" "), fitsWithin(110));
      const whole = new Set(parts.flatMap((part) => part.split(/\s+/u)));
      expect(words.filter((item) => item.startsWith("http") && !whole.has(item))).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
