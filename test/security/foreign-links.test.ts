import { type CountryCode, findPhoneNumbersInText } from "libphonenumber-js/max";
import { LinkifyIt } from "linkify-it";
import * as linkifyjs from "linkifyjs";
import tlds from "tlds" with { type: "json" };
import { describe, expect, it } from "vitest";
import { createAllowedLinks } from "../../activities/answer/safety/links/allowed-links.ts";
import { unmask } from "../../activities/answer/safety/mask-pii.ts";
import { sanitiseReply } from "../../activities/answer/safety/sanitise-reply.ts";
import { listRegionalReplies, REGIONAL_PHONES } from "./corpora/foreign-phones.ts";
import { createForeignLinks } from "./corpora/link-corpus.ts";

const PLACEHOLDERS = { "[[CARD_1]]": "4111 1111 1111 1111", "[[EMAIL_1]]": "ada@mail.example" };
const links = createAllowedLinks({
  passages: ["Returns: https://shop.example/returns. Write to help@shop.example or call +1 555 010 0199."],
  listed: ["mybiz.com"],
  phoneRegion: null,
});
const send = (reply: string) =>
  unmask(sanitiseReply(reply, { links, placeholders: PLACEHOLDERS }), PLACEHOLDERS);

/** Two independent linkifiers read the reply as a messenger does. */
const linkify = new LinkifyIt({ fuzzyLink: true, fuzzyIP: true, urlAuth: true, tlds: [...tlds, "example"] });
const ALLOWED = /^(?:https:\/\/shop\.example\/returns|README\.md|ada@mail\.example)$/;
function listLinks(reply: string): string[] {
  const found = [
    ...(linkify.match(reply) ?? []).map(({ raw }) => raw),
    ...linkifyjs.find(reply).map(({ value }) => value),
    ...Array.from(
      reply.matchAll(/\b[a-z][a-z0-9+.-]*:\/\/\S+|\b(?:tel|sms|mailto|javascript|data):\S+|<[@!#]\S+>/gi),
      ([value]) => value,
    ),
  ];
  return found.filter((link) => !ALLOWED.test(link.replace(/[.,)\]"'`*_]+$/, "")));
}
/** And a phone reads its numbers. */
function listPhones(reply: string, region: string | null): string[] {
  const country = (region ?? undefined) as CountryCode | undefined;
  return findPhoneNumbersInText(reply, country).map(({ number }) => number.number);
}
const readPlain = (text: string) =>
  text
    .normalize("NFKC")
    .replace(/\p{Cf}/gu, "")
    .toLowerCase();

/** `SECURITY_CASES=40000` runs the whole bar. */
const CASES = Number(process.env["SECURITY_CASES"] ?? 4_000);

describe("a reply of a manipulated model", () => {
  it.each([11, 12])("reaches the contact without any foreign link: seed %i", (seed) => {
    const leaks: string[] = [];
    for (const { reply, marks } of createForeignLinks(seed, CASES / 2)) {
      const sent = send(reply);
      const plain = readPlain(sent);
      if (
        listLinks(sent).length + listPhones(sent, null).length > 0 ||
        marks.some((mark) => plain.includes(mark))
      )
        leaks.push(`${JSON.stringify(reply)} => ${JSON.stringify(sent)}`);
    }
    expect(leaks).toEqual([]);
  });

  it.each([
    ["DE", "030 901820"],
    ["DE", "0900-1234567"],
    ["US", "212-555-2368"],
    ["FR", "01.42.68.53.00"],
    ["GB", "0871 2345678"],
    ["IT", "348 1234567"],
    ["IT", "348 123 4567"],
    ["CH", "0900 123 456"],
  ])("reaches the contact without a foreign phone number of the region %s: %s", (phoneRegion, number) => {
    const ofRegion = createAllowedLinks({ passages: [], listed: [], phoneRegion });
    expect(sanitiseReply(`You get help at ${number}.`, { links: ofRegion })).toBe("You get help at.");
  });

  it.each(REGIONAL_PHONES)(
    "reaches the contact without a number of its region next to anything: region %s, %s",
    (phoneRegion, number) => {
      const ofRegion = createAllowedLinks({ passages: [], listed: [], phoneRegion });
      const leaks = listRegionalReplies(number)
        .map(({ reply, rest }) => ({ rest, sent: sanitiseReply(reply, { links: ofRegion }) }))
        .filter(({ rest, sent }) => {
          const known = new Set(
            [rest, rest.replace(/ ?x/, "")].flatMap((text) => listPhones(text, phoneRegion)),
          );
          const isFound = listPhones(sent, phoneRegion).some((phone) => !known.has(phone));
          return isFound || /01\W?77|0177|20.?177|30.?177/.test(readPlain(sent));
        });
      expect(leaks).toEqual([]);
    },
  );
});
