import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { undoDisguises, normalizeLetters } from "../../../../activities/answer/safety/text-disguises.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const hex = (text: string) => Buffer.from(text).toString("hex");
const reverse = (text: string) => Array.from(text).toReversed().join("");
const rot13 = (text: string) =>
  text.replace(/[a-z]/gi, (c) => String.fromCharCode(c.charCodeAt(0) + (c.toLowerCase() < "n" ? 13 : -13)));

/** Forms that a decoder of one unbroken run would miss. */
const forms: Record<string, (text: string) => string> = {
  "base64 in lines of 30": (text) => base64(text).replace(/.{30}/g, "$&\n"),
  "base64 in groups of five": (text) => base64(text).replace(/.{5}/g, "$& "),
  "base64 letter by letter": (text) => Array.from(base64(text)).join(" "),
  "base64 behind a path": (text) => `out/${base64(text)}`,
  base64url: (text) => Buffer.from(text).toString("base64url"),
  "base64 of the reversed": (text) => base64(reverse(text)),
  "base64 of rot13": (text) => base64(rot13(text)),
  "hex with 0x": (text) => hex(text).replace(/../g, "0x$&, "),
  "hex with a backslash": (text) => hex(text).replace(/../g, "\\x$&"),
  "hex in capitals": (text) => hex(text).toUpperCase(),
  "hex behind a word of hex letters": (text) => `bad ${hex(text)}`,
  "percent signs": (text) => hex(text).replace(/../g, "%$&"),
  "mathematical letters": (text) =>
    text.replace(/[a-z]/g, (c) => String.fromCodePoint(0x1d41a + c.charCodeAt(0) - 97)),
  "Cyrillic and Armenian letters": (text) =>
    text.replaceAll("h", "һ").replaceAll("l", "ӏ").replaceAll("w", "ԝ").replaceAll("n", "ո"),
  accents: (text) => Array.from(text).join("\u0301"),
};
const holds = (disguised: string, text: string) =>
  undoDisguises(disguised).some((view) => view.includes(normalizeLetters(text)));

describe("undoDisguises", () => {
  it.each(Object.keys(forms))("a text can be read through the disguise: %s", (form) => {
    const text = "the shelf key hangs below the lamp";
    expect(holds(`Sure: ${forms[form]?.(text)} - done`, text)).toBe(true);
  });
});

it("a text that does not occur is not found", () => {
  for (const form of Object.values(forms))
    expect(holds(form("we open at nine and close at six"), "the shelf key hangs below the lamp")).toBe(false);
});

it("any text is found in base64 and hex, wherever a group begins", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]{10,40}$/), fc.stringMatching(/^[A-Za-z]{0,7}$/), (text, before) => {
      expect(holds(`${before} ${base64(text)}`, text)).toBe(true);
      expect(holds(`${before} ${hex(text)}`, text)).toBe(true);
    }),
  );
});

it("every text contains itself, because both sides are normalised the same way", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      expect(undoDisguises(text)).toContain(normalizeLetters(text));
    }),
  );
});
