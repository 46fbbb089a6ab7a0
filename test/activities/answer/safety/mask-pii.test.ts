import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMasker, unmask } from "../../../../activities/answer/safety/mask-pii.ts";

const maskText = (text: string) => createMasker().start().mask(text);

describe("masking", () => {
  it.each([
    ["EMAIL", "Write to ada.lovelace+bike@mail.example.com today", "ada.lovelace+bike@mail.example.com"],
    ["PHONE", "Call me on +1 555 010 0199 after six", "+1 555 010 0199"],
    ["PHONE", "My number: (02) 5550 1234", "(02) 5550 1234"],
    ["CARD", "Card 4111 1111 1111 1111, expires soon", "4111 1111 1111 1111"],
    ["IBAN", "Refund to DE89 3704 0044 0532 0130 00 please", "DE89 3704 0044 0532 0130 00"],
    ["SSN", "ssn 536-22-8145 ok", "536-22-8145"],
    ["NINO", "My NI number is AB 12 34 56 C", "AB 12 34 56 C"],
    ["IP", "It comes from 203.0.113.77 I think", "203.0.113.77"],
    ["IP", "and 2001:db8::8a2e:370:7334 too", "2001:db8::8a2e:370:7334"],
    ["DATE_OF_BIRTH", "I was born on 03/04/1985", "03/04/1985"],
    ["SECRET", "key sk-abcdefghijklmnopqrstuvwx1234", "sk-abcdefghijklmnopqrstuvwx1234"],
    ["URL_LOGIN", "see https://ada:hunter2@shop.example.com/x", "https://ada:hunter2@shop.example.com/x"],
  ])("masking removes %s from: %s", (kind, text, value) => {
    expect(maskText(text)).toContain(`[[${kind}_1]]`);
    expect(maskText(text)).not.toContain(value);
  });

  it.each([
    "Open 9 to 5, Saturday 10-2",
    "It costs $1,250.50 or 3 x 420",
    "Order 20231123-7 from 2023-11-23",
    "Is version 1.2.3.4567 better?",
    "I need 2 tyres 700x28 and 4 tubes",
    "4111 1111 1111 1112 is no card",
  ])("masking does not change: %s", (text) => expect(maskText(text)).toBe(text));

  it("one value has one placeholder within a turn, and every value is restored", () => {
    const masking = createMasker().start();
    const texts = ["from a@example.com to b@example.com", "b@example.com or +1 555 010 0199"].map((text) =>
      masking.mask(text),
    );
    expect(texts).toEqual(["from [[EMAIL_1]] to [[EMAIL_2]]", "[[EMAIL_2]] or [[PHONE_1]]"]);
    expect(texts.map((text) => unmask(text, masking.placeholders()))).toEqual([
      "from a@example.com to b@example.com",
      "b@example.com or +1 555 010 0199",
    ]);
  });

  it("a placeholder that a contact types is not restored to a value", () => {
    const masking = createMasker().start();
    const text = masking.mask("a@example.com and [[EMAIL_1]]");
    expect(unmask(text, masking.placeholders())).toBe("a@example.com and [EMAIL_1]");
    expect(unmask(masking.mask("[[[EMAIL_1]]]"), masking.placeholders())).toBe("[EMAIL_1]");
  });

  it("masking ends and can be undone for any text of any length", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
        const masking = createMasker().start();
        expect(unmask(masking.mask(text), masking.placeholders())).toBe(
          text.replace(/\[\[([A-Z][A-Z_]{1,20}_\d{1,4})\]\]/g, "[$1]"),
        );
      }),
    );
    for (const shape of ["1 ", "a@", "1-", "DE1", "(", "0", "1.", ":a", "sk-"])
      expect(maskText(shape.repeat(20_000)).length).toBeGreaterThan(0);
  });
});
