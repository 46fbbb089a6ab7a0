import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findPii } from "../../../../activities/answer/safety/pii-detectors.ts";

const findKinds = (text: string) =>
  findPii(text).map(({ kind, start, end }) => [kind, text.slice(start, end)]);

describe("a number is found whatever text follows it", () => {
  it.each([
    ["4111 1111 1111 1111 12/27 123", "CARD", "4111 1111 1111 1111"],
    ["4111 1111 1111 1111 123", "CARD", "4111 1111 1111 1111"],
    ["4111111111111111 12/27", "CARD", "4111111111111111"],
    ["2 4111-1111-1111-1111", "CARD", "4111-1111-1111-1111"],
    ["3782 822463 10005 12/27", "CARD", "3782 822463 10005"],
    ["BE68 5390 0754 7034 CALL me", "IBAN", "BE68 5390 0754 7034"],
    ["gb29 nwbk 6016 1331 9268 19 and more", "IBAN", "gb29 nwbk 6016 1331 9268 19"],
    ["host: 2001:db8::1: down", "IP", "2001:db8::1"],
    ["IP:2001:db8::1", "IP", "2001:db8::1"],
    ["from ::ffff:192.0.2.1.", "IP", "::ffff:192.0.2.1"],
  ])("the value is found in: %s", (text, kind, value) =>
    expect(findKinds(text)).toContainEqual([kind, value]),
  );
});

describe("every notation of a value is found", () => {
  it.each([
    ["４１１１ １１１１ １１１１ １１１１", "CARD"],
    ["4111\u00A01111\u00A01111\u00A01111", "CARD"],
    ["536\u201122\u20118145", "SSN"],
    ["jose\u0301@example.com", "EMAIL"],
    ["ab123456c", "NINO"],
    ["github_pat_11ABCDEFG0abcdefghijklmnopqrstuvwxyz", "SECRET"],
    ["ASIA0123456789ABCDEF", "SECRET"],
    ["xapp-1-A0123-456-abcdef", "SECRET"],
    ["-----BEGIN RSA PRIVATE KEY-----\nMIIEabc", "PRIVATE_KEY"],
  ])("%s is a whole %s", (text, kind) => expect(findKinds(text)).toEqual([[kind, text]]));

  it.each(["born on 3 March 1985", "DOB: March 3, 1985", "date of birth 3rd of March 1985"])(
    "the value is found in: %s",
    (text) => expect(findKinds(text)).toEqual([["DATE_OF_BIRTH", text.slice(text.search(/3 |March|3rd/))]]),
  );
});

it.each(["2024-01-15 10:30", "12.05.2024 14:30", "open 9-5 on 10-12-2024", "10:30:45", "std::vector"])(
  "finds nothing in: %s",
  (text) => expect(findKinds(text)).toEqual([]),
);

it("overlapping values are masked as a whole", () => {
  // The phone number ends at the @, the address begins at the last group: the longer span alone would leave the first groups.
  expect(findKinds("+1 555 010 0199@example.com")).toEqual([["EMAIL", "+1 555 010 0199@example.com"]]);
});

const luhnCard = fc.stringMatching(/^4\d{14}$/).map((head) => {
  const sum = Array.from(head, Number).reduce((total, digit, i) => {
    const doubled = i % 2 === 0 ? digit * 2 : digit;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return head + String((10 - (sum % 10)) % 10);
});

it("a card in groups of four is found between words and before a date or a code", () => {
  fc.assert(
    fc.property(
      luhnCard,
      fc.constantFrom(" ", "-", ""),
      fc.constantFrom("", " 12/27", " 123", " thanks"),
      (card, gap, after) => {
        const written = card.replace(/\d{4}(?=\d)/g, `$&${gap}`);
        const text = `it is ${written}${after}`;
        expect(findPii(text).some(({ start, end }) => start <= 6 && end >= 6 + written.length)).toBe(true);
      },
    ),
  );
});

it("spans are in order, inside the text and without overlaps", () => {
  const piece = fc.constantFrom(
    "a@b.co",
    "1.2.3.4",
    "4111 1111",
    " 1111 1111",
    "+1 555 ",
    "010 0199",
    "::1",
    "DE89",
    " ",
    "x",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join("");
      let at = 0;
      for (const { start, end } of findPii(text)) {
        expect(start).toBeGreaterThanOrEqual(at);
        expect(end).toBeGreaterThan(start);
        at = end;
      }
      expect(at).toBeLessThanOrEqual(text.length);
    }),
  );
});
