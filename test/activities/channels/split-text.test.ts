import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitText } from "../../../activities/channels/split-text.ts";

const within = (size: number) => (part: string) => part.length <= size;
const bare = (text: string) => text.replaceAll(/\s+/gu, "");

describe("a text is cut", () => {
  test("not at all where it fits, but its outer space goes", () => {
    expect(splitText("  One. Two.\n", within(20))).toEqual(["One. Two."]);
    expect(splitText("x".repeat(20), within(20))).toHaveLength(1);
    expect(splitText("", within(20))).toEqual([""]);
  });

  test("at a paragraph before a sentence, at a sentence before a word", () => {
    expect(splitText("One two. Three.\n\nFour five. Six.", within(25))).toEqual([
      "One two. Three.",
      "Four five. Six.",
    ]);
    expect(splitText("One two. Three four five six", within(16))).toEqual([
      "One two.",
      "Three four five",
      "six",
    ]);
    expect(splitText("one two three", within(9))).toEqual(["one two", "three"]);
  });

  test("not at a border so early that a tiny part would come of it", () => {
    expect(splitText(`Hi.\n\n${"word ".repeat(10)}`, within(40))[0]?.length).toBeGreaterThan(13);
  });

  test("before a URL rather than inside it, even where a dot or a question mark is in it", () => {
    const url = "https://shop.example.com/orders?id=42&from=sms.";
    expect(splitText(`Your order is here: ${url} Thanks!`, within(50))).toEqual([
      "Your order is here:",
      url,
      "Thanks!",
    ]);
  });

  test("inside a word only where the word alone does not fit", () => {
    expect(splitText(`a ${"x".repeat(25)} b`, within(10))).toEqual([
      "a",
      "x".repeat(10),
      "x".repeat(10),
      "xxxxx b",
    ]);
  });

  test("between families, flags and accents, never through them", () => {
    for (const grapheme of ["👩‍👩‍👧‍👦", "🇩🇪", "e\u0301", "👍🏽", "क्षि", "한"]) {
      for (const part of splitText(grapheme.repeat(40), within(grapheme.length * 3 + 1)))
        expect(part).toBe(grapheme.repeat(part.length / grapheme.length));
    }
  });

  test("through a grapheme only where that one alone does not fit", () => {
    const parts = splitText(`a${"\u0301".repeat(3_000)}`, within(1_600));
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
      const parts = splitText(text, within(size));
      if (text.trim() !== "") expect(parts.filter((part) => part === "" || part !== part.trim())).toEqual([]);
      expect(parts.every((part) => part.length <= size && part.isWellFormed())).toBe(true);
      expect(bare(parts.join(" "))).toBe(bare(text));
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
      const parts = splitText(words.join(" "), within(110));
      const whole = new Set(parts.flatMap((part) => part.split(/\s+/u)));
      expect(words.filter((item) => item.startsWith("http") && !whole.has(item))).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
