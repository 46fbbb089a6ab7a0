import { describe, expect, it } from "vitest";
import { prepareTexts } from "../../activities/answer/prompts/prepare-texts.ts";
import type { TurnContext } from "../../activities/answer/retrieval/turn-context.ts";
import { screenText } from "../../activities/answer/safety/screen-text.ts";
import { ALLOWED_LINKS, PHONE_REGION } from "../../infra/runtime/config/field-rules.ts";

const CONTEXT: TurnContext = {
  businessName: "Acme",
  questions: ["Where?"],
  history: [],
  passages: [{ id: "1", title: "Returns", heading: "", text: "See https://docs.example/returns." }],
  placeholders: { "[[CARD_1]]": "4111 1111 1111 1111" },
  allowedLinks: ["shop.example", "https://pay.example/now", "help@shop.example", "030 1234567", "@acme_shop"],
  phoneRegion: "DE",
  delimiter: "0123456789abcdef01234567",
  canary: "ref-0123456789abcdef",
};
const send = (reply: string) => {
  const screened = screenText({
    reply: `Here: ${reply} ok`,
    context: CONTEXT,
    knownSecrets: [],
    notation: "plain",
  });
  return screened.verdict === "pass" ? screened.reply.text : screened.verdict;
};

describe("a tenant's own list of links", () => {
  it.each([
    "https://shop.example/any/page?size=3",
    "www.shop.example/files/README.pdf",
    "https://pay.example/now",
    "help@shop.example",
    "+49 30 1234567",
    "030/1234567",
    "@acme_shop",
    "https://docs.example/returns",
    "docs.example",
    "https://shop.example/login?next=/orders/12",
    "https://shop.example/login?return=%2Faccount",
    "https://shop.example/track?order=3325256711",
    "https://shop.example/i/Zm9vYmFyYmF6cXV4",
    "https://shop.example/events/12:30",
    "https://shop.example/größe",
  ])("permits %s", (link) => expect(send(link)).toBe(`Here: ${link} ok`));

  it.each([
    "https://shop.example/redirect?u=https://evil.example/x",
    "https://shop.example/redirect?u=https%3A%2F%2Fevil.example",
    "https://shop.example/r/evil.example",
    "https://shop.example/r?u=3325256711",
    "https://shop.example/go/0xC6336407",
    "https://shop.example/r?next=//localhost",
    "https://shop.example/r?u=aHR0cHM6Ly9ldmlsLmV4YW1wbGU=",
    "https://shop.example/r?u=злой.рф",
    "https://shop.example:8443/x",
    "https://shop.example@evil.example/",
    "https://shop.example/?card=[[CARD_1]]",
    "https://evil.shop.example/",
    "https://pay.example/other",
    "https://docs.example/redirect",
    "boss@shop.example",
    "+1 30 1234567",
    "+49 30 12345678",
    "@acme_shop_help",
  ])("permits no %s", (link) => expect(send(link)).toBe("Here: ok"));

  it("takes hosts, URLs, addresses, numbers and names, and nothing else", () => {
    expect(ALLOWED_LINKS.safeParse(CONTEXT.allowedLinks).success).toBe(true);
    for (const entry of ["shop", "javascript:alert(1)", "https://", "*.example", "", "see shop.example"])
      expect([entry, ALLOWED_LINKS.safeParse([entry]).success]).toEqual([entry, false]);
  });
});

it("a tenant's country decides which numbers without a country code are masked", () => {
  const mask = (phoneRegion: string | null) =>
    prepareTexts({ phoneRegion, questions: ["Mein Freund: 512345678, danke"], history: [] }).questions[0];
  expect(mask("PL")).toBe("Mein Freund: [[PHONE_1]], danke");
  expect(mask(null)).toContain("512345678");
  expect(["DE", "de", "ZZ", "QQ", "Germany"].map((code) => PHONE_REGION.safeParse(code).success)).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
});
