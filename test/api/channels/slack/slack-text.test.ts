import fc from "fast-check";
import { expect, test } from "vitest";
import { slackText } from "../../../../api/channels/slack/slack-text.ts";

const OWN = new Set(["U0BOT"]);
const read = (text: string) => slackText(text, OWN);

/** As Slack's clients send what was typed. */
const escapeText = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

test.each([
  ["<@U0BOT> are you open?", "are you open?"],
  ["<@U0BOT|parley>: are you open?", "are you open?"],
  ["hey <@U0BOT>, are you open?", "hey are you open?"],
  ["are you open <@U0BOT>?", "are you open?"],
  ["<@U0BOT>", ""],
  ["<@U0BOTHER> knows", "@U0BOTHER knows"],
])("our own name is no part of what is said: %s", (text, expected) => {
  expect(read(text)).toBe(expected);
});

test.each([
  ["<@U0ADA> knows", "@U0ADA knows"],
  ["<@U0ADA|ada> knows", "@ada knows"],
  ["in <#C0CLUB|club>", "in #club"],
  ["in <#C0CLUB>", "in #C0CLUB"],
  ["in <#C0CLUB|>", "in #C0CLUB"],
  ["<!here> hello", "@here hello"],
  ["<!channel|@channel> hello", "@channel hello"],
  ["<!subteam^S1|@gardeners>", "@gardeners"],
  ["<!subteam^S1>", "@S1"],
  ["<!date^1392734382^{date}|Feb 18>", "Feb 18"],
])("users, channels and groups are named: %s", (text, expected) => {
  expect(read(text)).toBe(expected);
});

test.each([
  ["<https://example.com/a?b=1&amp;c=2>", "https://example.com/a?b=1&c=2"],
  ["<https://example.com|our page>", "our page (https://example.com)"],
  ["<http://example.com|example.com>", "http://example.com"],
  ["<https://example.com|https://example.com>", "https://example.com"],
  ["<mailto:ada@example.com|ada@example.com>", "ada@example.com"],
  ["<mailto:ada@example.com|write me>", "write me (mailto:ada@example.com)"],
  ["<tel:+15005550006|+15005550006>", "+15005550006"],
])("a link is readable, and does not hide where it leads: %s", (text, expected) => {
  expect(read(text)).toBe(expected);
});

test("is unescaped once", () => {
  expect(read("&amp;lt; &lt;b&gt; &amp;amp; &quot; &nbsp;")).toBe("&lt; <b> &amp; &quot; &nbsp;");
});

test("each text that a user types comes through as it was typed", () => {
  const unit = fc.constantFrom(
    "a",
    " ",
    "\n",
    "<",
    ">",
    "&",
    "|",
    "@",
    "!",
    "#",
    "amp;",
    "lt;",
    "U0BOT",
    "é",
    "🙂",
  );
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 60 }), (text) => {
      expect(read(escapeText(text))).toBe(text);
    }),
    { numRuns: 1_000 },
  );
});

test("a page of spaces or brackets takes no time to speak of", () => {
  const size = 200_000;
  expect(read(" ".repeat(size))).toHaveLength(size);
  expect(read("<@".repeat(size))).toHaveLength(2 * size);
  expect(read("<".repeat(size))).toHaveLength(size);
});
