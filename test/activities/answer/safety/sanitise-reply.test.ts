import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAllowedLinks } from "../../../../activities/answer/safety/links/allowed-links.ts";
import { sanitiseReply } from "../../../../activities/answer/safety/sanitise-reply.ts";

const links = createAllowedLinks({
  passages: ["https://shop.example.com/a and help@shop.example.com"],
  listed: [],
  phoneRegion: null,
});
const clean = (reply: string) =>
  sanitiseReply(reply, { links, placeholders: { "[[EMAIL_1]]": "ada@mail.example" } });

describe("useful text stays", () => {
  it.each([
    "Write to <help@shop.example.com>.",
    "See <https://shop.example.com/a>.",
    "See shop.example.com/a (new)",
    "3 < 4, x <y and I <3 you",
    "family 👨‍👩‍👧",
    "می‌خواهم",
    "Node.js/Express, and/or Bun",
    "Mail [[EMAIL_1]].",
    "one\n\n\n\ntwo   three",
    "[our page](https://shop.example.com/a)",
    "Write to us with the subject <order number>, then press <Enter>.",
  ])("sanitising does not change: %s", (reply) => expect(clean(reply)).toBe(reply));
});

describe("removed parts never combine into a new link or tag", () => {
  it.each([
    ["<scr<script>ipt>alert(1)", "alert(1)"],
    ["go http<b>s://evil.example.net/x", "go"],
    ["[a[b](x)](//evil.example.net/y)", "[a[b](x)]()"],
    ["<img src=x onerror=alert(1)", "< img src=x onerror=alert(1)"],
    ["<!-- note -->Hi", "Hi"],
    ["see evil.example.net/leak?d=1", "see"],
    ["_https://evil.example.net/x", ""],
    ["ftp://evil.example.net/x", ""],
    ["[go](javascript://shop.example.com/%0aalert)", "go"],
    ["www.evil.https://shop.example.com/a", ""],
    ["https://shop.example.com@evil.example.net/", ""],
    ["a\u00ADb\u2066c\u{E0041}d\u200De", "abcde"],
  ])("sanitising removes all harmful parts of %j", (reply, expected) => expect(clean(reply)).toBe(expected));
});

it("no tag, foreign link or invisible character stays, in any combination of pieces", () => {
  const piece = fc.constantFrom(
    "<",
    ">",
    "/",
    "b",
    "script",
    "[",
    "](",
    ")",
    "(",
    "!",
    "https://",
    "www.",
    "evil.example.net/a",
    "//evil.example.net",
    "shop.example.com/a",
    "\u200B",
    "\u{E0041}",
    " ",
    "\n",
    "é",
    "[[EMAIL_1]]",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
      const text = clean(pieces.join(""));
      expect(text).not.toMatch(/<(?:b|script)>/i);
      expect(text).not.toMatch(/evil\.example\.net(?!\p{L})/iu);
      expect(text).not.toMatch(/[\u{E0000}-\u{E007F}]/u);
      expect(clean(text)).toBe(text);
    }),
    { numRuns: 1_000 },
  );
});

it("sanitising ends for a long reply of any shape", () => {
  // If two parts of a pattern match the same characters, such a text takes minutes and the test times out.
  for (const shape of ["[](", "[a](b ", "![", "<a", "http://", "a.", "((", "www.", "[[", "\u200C"])
    expect(clean(shape.repeat(100_000)).length).toBeGreaterThanOrEqual(0);
});
