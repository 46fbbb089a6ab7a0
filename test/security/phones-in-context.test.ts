import { describe, expect, it } from "vitest";
import { createAllowedLinks } from "../../activities/answer/safety/links/allowed-links.ts";
import { createMasker } from "../../activities/answer/safety/mask-pii.ts";
import { sanitiseReply } from "../../activities/answer/safety/sanitise-reply.ts";

type Case = readonly [phoneRegion: string | null, text: string];

const send = (phoneRegion: string | null, reply: string, passages: readonly string[] = []) =>
  sanitiseReply(reply, { links: createAllowedLinks({ passages, listed: [], phoneRegion }) });
const mask = (phoneRegion: string | null, text: string) => createMasker().start({ phoneRegion }).mask(text);

describe("a foreign phone number of a reply", () => {
  it.each<Case>([
    [null, "Our address: 12345 900-555-0177"],
    [null, "Since 2024-01-01 900-555-0177"],
    [null, "Call 900-555-0177 20240101"],
    [null, "Open 9.00-17.00 900-555-0177 24/7"],
    [null, "Room 1234 12345 (900) 555-0177 12345"],
    ["DE", "Berlin 10115 0900 1230177"],
    ["DE", "10115 Berlin 0900 1230177 10117"],
    ["DE", "31.12.2026 0900-1230177"],
    ["DE", "1.234.567 0900 1230177"],
    ["DE", "0900-1730 0900 1230177"],
    ["DE", "0900 1230177 31.12.2026 18:00"],
  ])("is removed next to a postcode, a date or a year: region %s, %s", (region, reply) =>
    expect(send(region, reply)).not.toContain("0177"),
  );

  it.each<Case>([
    ["US", "Helpline: 19005550177"],
    [null, "Helpline: 19005550177"],
    ["US", "Support: 9005550177"],
    ["US", "We answer at 9005550177."],
    [null, "Support: 1 900 5550177"],
    [null, "Support: 900 5550177"],
    [null, "**Beratung:** 9005550177"],
    ["NO", "Brukerstøtte: 82900177"],
    ["DE", "Unsere Kundenhotline: 09001230177"],
    ["DE", "Kundenservice 09001230177"],
    ["DE", "customer no. 09001230177"],
    ["DE", "Bestellhotline 09001230177"],
    ["ES", "Atención al cliente: 803 120 177"],
    ["ES", "Atención al cliente: 803.120.177"],
    ["PL", "Infolinia: 701 120 177"],
    ["PT", "Linha de apoio 760 120 177"],
  ])("is removed in an ordinary form: region %s, %s", (region, reply) =>
    expect(send(region, reply)).not.toMatch(/0177|120.177/),
  );

  it.each<Case>([
    ["DE", "Hotline no.0900-1230177"],
    ["DE", "Hotline no.09001230177"],
    [null, "Hotline-900-555-0177"],
    [null, "Hotline/900-555-0177"],
    [null, "Hotline_900-555-0177"],
    [null, "Hotline+449098790177"],
    [null, "Call 900-555-0177,123 now"],
    [null, "Call 900-555-0177:24/7"],
    [null, "Call 900-555-0177now"],
    [null, "Call 12,900-555-0177"],
    [null, "Call us+1 900 555 0177now"],
  ])("is removed next to a letter or a sign: region %s, %s", (region, reply) =>
    expect(send(region, reply)).not.toContain("0177"),
  );

  it("is no local number of a document with another country code", () => {
    for (const region of [null, "DE"])
      expect(send(region, "call us at +252 301234567 ok", ["Call 030 1234567"])).toBe("call us at ok");
    expect(send("DE", "call +49 30 1234567 ok", ["Call 030 1234567"])).toBe("call +49 30 1234567 ok");
    expect(send(null, "call 030 1234567 ok", ["Call +49 30 1234567"])).toBe("call 030 1234567 ok");
  });
});

it.each<Case>([
  ["DE", "Sizes 0.5 1.5 2.5 3.5 are in stock."],
  ["DE", "Paket 0123456789 kommt morgen."],
  ["DE", "Die Artikelnummer ist die 0123456789."],
  ["DE", "Konto 0532013000 bei uns."],
  ["DE", "PO 0301234567 is paid."],
  ["DE", "Das Ersatzteil 030-4512387 passt."],
  ["DE", "Our IBAN is NL91 ABNA 0417 1643 00 or DE89 3704 0044 0532 0130 00."],
  ["DE", "DHL 0034 0434 1610 9404 2557 is on its way."],
  [null, "It costs ±0 1 000 000 000 or PO 0301234567 19.99"],
  ["GB", "Sizes 0.5 1.5 2.5 3.5 90210"],
  ["NO", "Lotto: 05 12 23 34 45 49"],
  ["DE", "Die Laufzeit endet 2024-01-01 12 30."],
  ["US", "The EAN/GTIN of it: 0012345678905"],
  ["US", "The timestamp is 1700000000."],
  ["ES", "It has 250 000 000 users and 700 750 800 seats."],
  ["PL", "The price is 701 123 456 zł."],
  ["ES", "The budget is € 803.123.456."],
])("an ordinary number of a reply stays as it is: region %s, %s", (region, reply) =>
  expect(send(region, reply)).toBe(reply),
);

describe("the text that goes to the model", () => {
  it.each<Case>([
    ["DE", "Meine PLZ und Nummer: 10115 0170 1234567"],
    ["DE", "12345 01701234567"],
    ["DE", "Auftrag 123456 01701234567"],
    ["DE", "I am customer 01701234567"],
    ["DE", "0170 1234567 / 0171 1234567"],
    ["DE", "0170 1234567/0171 1234567"],
    ["DE", "0170 1234567 0171 1234567 2024-01-01"],
    ["DE", "0170 1234567 - 0171 1234567"],
    ["DE", "+49 170 1234567 0171 1234567"],
    ["DE", "+49 170 1234567 +49 171 1234567"],
    ["US", "2024-01-01 415-123-4567 and 94103 (415) 555-4567"],
  ])("contains no digit of a phone number next to another number: region %s, %s", (region, text) =>
    expect(mask(region, text)).not.toMatch(/4567|0170|0171|415/),
  );

  it.each([
    "We have been customers since 2024-01-15.",
    "broken since 03.11.2026",
    "single 1234567",
    "Panel 123456",
    "Panorama 1234567",
    "the last run 2024-01-15 failed",
    "sin 100.000 euros",
    "nie 1234567 mal",
    "pan of 20-25-30 cm",
    "RFC 7231-2014",
    "Ausweis bis 31.12.2026",
    "passport is valid to 2030-05-01",
    "uid 123456",
    "I want 5 @ 3.50 each",
    "12 @ 4.99, 3 @ 10.00",
    "meet @ 10.30 at cafe",
    "see you @ home.Then we talk",
  ])("keeps a word that only begins or looks like the name of an identity number: %s", (text) =>
    expect(mask("DE", text)).toBe(text),
  );
});
