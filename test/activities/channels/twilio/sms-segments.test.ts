import fc from "fast-check";
import { expect, test } from "vitest";
import { countSegments } from "../../../../activities/channels/twilio/sms-segments.ts";

test.each([
  ["nothing", "", "GSM-7", 1],
  ["160 letters", "a".repeat(160), "GSM-7", 1],
  ["161 letters", "a".repeat(161), "GSM-7", 2],
  ["306 letters", "a".repeat(306), "GSM-7", 2],
  ["307 letters", "a".repeat(307), "GSM-7", 3],
  ["1530 letters", "a".repeat(1_530), "GSM-7", 10],
  ["80 euro signs", "€".repeat(80), "GSM-7", 1],
  ["81 euro signs", "€".repeat(81), "GSM-7", 2],
  ["153 euro signs, of which 76 go into one segment", "€".repeat(153), "GSM-7", 3],
  ["70 letters of Cyrillic", "ж".repeat(70), "UCS-2", 1],
  ["71 letters of Cyrillic", "ж".repeat(71), "UCS-2", 2],
  ["134 letters of Cyrillic", "ж".repeat(134), "UCS-2", 2],
  ["135 letters of Cyrillic", "ж".repeat(135), "UCS-2", 3],
  ["one emoji among 159 letters", `${"a".repeat(159)}🙂`, "UCS-2", 3],
  ["35 emoji", "🙂".repeat(35), "UCS-2", 1],
  ["67 emoji, of which 33 go into one segment", "🙂".repeat(67), "UCS-2", 3],
  ["a curly quote", "it’s", "UCS-2", 1],
  ["a backtick", "`", "UCS-2", 1],
  ["small c with cedilla", "ç", "UCS-2", 1],
])("the encoding and the segments are counted for %s", (_what, text, encoding, segments) => {
  expect(countSegments(text)).toEqual({ encoding, segments });
});

/** GSM 03.38 as its table is printed, column by column. */
const BASIC =
  "@Δ 0¡P¿p£_!1AQaq$Φ\"2BRbr¥Γ#3CScsèΛ¤4DTdtéΩ%5EUeuùΠ&6FVfvìΨ'7GWgwòΣ(8HXhxÇΘ)9IYiy\nΞ*:JZjzØ+;KÄkäøÆ,<LÖlö\ræ-=MÑmñÅß.>NÜnüåÉ/?O§oà";
const EXTENDED = "\f^{}\\[~]|€";

test("knows the 127 letters of the basic table and the 10 of the extension", () => {
  expect([BASIC.length, EXTENDED.length]).toEqual([127, 10]);
  for (const letter of BASIC) {
    expect(countSegments(letter.repeat(160))).toEqual({ encoding: "GSM-7", segments: 1 });
    expect(countSegments(letter.repeat(161)).segments).toBe(2);
  }
  for (const letter of EXTENDED) {
    expect(countSegments(letter.repeat(80))).toEqual({ encoding: "GSM-7", segments: 1 });
    expect(countSegments(letter.repeat(81)).segments).toBe(2);
  }
});

test("any other letter of the basic plane makes a text UCS-2", () => {
  const known = new Set(BASIC + EXTENDED);
  for (let code = 0; code < 0xd8_00; code++) {
    const letter = String.fromCodePoint(code);
    if (countSegments(letter).encoding !== (known.has(letter) ? "GSM-7" : "UCS-2"))
      expect.fail(`U+${code.toString(16)}`);
  }
});

test("the count lies within what the units allow, and never shrinks as a text grows", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", " ", "€", "é", "ж", "🙂", "👩‍👩‍👧", "\n"),
    maxLength: 500,
  });
  fc.assert(
    fc.property(text, text, (head, tail) => {
      const { encoding, segments } = countSegments(head);
      const units = encoding === "UCS-2" ? head.length : head.length + head.split("€").length - 1;
      const [single, multi] = encoding === "UCS-2" ? [70, 67] : [160, 153];
      // A letter of two units may leave one unit of each segment empty.
      const [least, most] =
        units <= single ? [1, 1] : [Math.ceil(units / multi), Math.ceil(units / (multi - 1))];
      expect(segments).toBeGreaterThanOrEqual(least);
      expect(segments).toBeLessThanOrEqual(most);
      expect(countSegments(head + tail).segments).toBeGreaterThanOrEqual(segments);
    }),
    { numRuns: 500 },
  );
});
