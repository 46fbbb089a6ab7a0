import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sanitiseReply } from "../../../../activities/answer/safety/sanitise-reply.ts";

const clean = (reply: string) => sanitiseReply(reply, { allowedHosts: ["shop.example.com"] });

describe("useful text stays", () => {
  it.each([
    ["Write to <help@shop.example.com>.", "Write to help@shop.example.com."],
    ["See <https://shop.example.com/a>.", "See https://shop.example.com/a."],
    ["See shop.example.com/a (new)", "See shop.example.com/a (new)"],
    ["3 < 4, x <y and I <3 you", "3 < 4, x < y and I <3 you"],
    ["family 👨‍👩‍👧", "family 👨‍👩‍👧"],
    ["می‌خواهم", "می‌خواهم"],
    ["Node.js/Express, and/or Bun", "Node.js /Express, and/or Bun"],
    ["Mail [[EMAIL_1]].", "Mail [[EMAIL_1]]."],
  ])("sanitising keeps the useful text of: %s", (reply, expected) => expect(clean(reply)).toBe(expected));
});

describe("removed parts never combine into a new link or tag", () => {
  it.each([
    ["<scr<script>ipt>alert(1)", "< script>alert(1)"],
    ["go http<b>s://evil.example.net/x", "go"],
    ["[a[b](x)](//evil.example.net/y)", "ab"],
    ["<img src=x onerror=alert(1)", "< img src=x onerror=alert(1)"],
    ["<!-- note -->Hi", "Hi"],
    ["see evil.example.net/leak?d=1", "see evil.example.net /leak?d=1"],
    ["_https://evil.example.net/x", "_"],
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
      expect(text).not.toMatch(/<[a-z/!?]/i);
      expect(text).not.toMatch(/\]\(/);
      // The path of an allowed link may contain anything, also the beginning of another link.
      const rest = text.replace(/(?:https?:\/\/)?shop\.example\.com\/\S*/g, "");
      expect(rest).not.toMatch(/(?:https?:\/\/|\bwww\.)[a-z]/i);
      expect(text).not.toMatch(/[\u200B\u{E0000}-\u{E007F}]/u);
      expect(text).toBe(text.trim());
    }),
    { numRuns: 1_000 },
  );
});

it("sanitising ends for a long reply of any shape", () => {
  // If two parts of a pattern match the same characters, such a text takes minutes and the test times out.
  for (const shape of ["[](", "[a](b ", "![", "<a", "http://", "a.", "((", "www.", "[[", "\u200C"])
    expect(clean(shape.repeat(100_000)).length).toBeGreaterThanOrEqual(0);
});
