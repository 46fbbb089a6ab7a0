import { createHash } from "node:crypto";
import fc from "fast-check";
import twilio from "twilio";
import { describe, expect, test } from "vitest";
import {
  matchTwilioToken,
  signTwilioRequest,
} from "../../../../infra/runtime/signatures/twilio-signature.ts";

const { getExpectedTwilioSignature, validateRequest, validateRequestWithBody } = twilio;
const TOKEN = "12345678901234567890123456789012";
const FORM = "application/x-www-form-urlencoded";
const URL_OF_DOCS = "https://chat.example.com/in/twilio?tenant=acme";
const FIELDS: [string, string][] = [
  ["From", "+15005550006"],
  ["To", "+15005550001"],
  ["Body", "Hi & bye ✓"],
  ["MessageSid", "SM00000000000000000000000000000001"],
  ["NumMedia", "0"],
];

const formOf = (fields: [string, string][]) => Buffer.from(new URLSearchParams(fields).toString());

/** As the vendor's package wants it: a repeated field is a list. */
function paramsOf(fields: [string, string][]): Record<string, string | string[]> {
  const groups = Map.groupBy(fields, ([name]) => name);
  return Object.fromEntries(
    [...groups].map(([name, pairs]) => {
      const values = pairs.map(([, value]) => value);
      return [name, values.length === 1 ? (values[0] ?? "") : values];
    }),
  );
}

function matches(url: string, fields: [string, string][], signature: string, tokens = [TOKEN]): number {
  return matchTwilioToken({ url, rawBody: formOf(fields), contentType: FORM, signature, tokens });
}

describe("a form", () => {
  test("has the published signature", () => {
    const request = { url: URL_OF_DOCS, rawBody: formOf(FIELDS), contentType: FORM };
    expect(signTwilioRequest({ ...request, token: TOKEN })).toBe("KAfoWGzU6pfzFQ1YWYzqxgAsp4Y=");
    expect(matches(URL_OF_DOCS, FIELDS, "KAfoWGzU6pfzFQ1YWYzqxgAsp4Y=")).toBe(0);
  });

  test("is signed as the vendor's package signs it, whatever its fields are", () => {
    const name = fc.oneof(
      fc.constantFrom("From", "Body", "Media", "a", "A"),
      fc.string({ unit: "grapheme" }),
    );
    const value = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.string({ unit: "binary" }),
      fc.constantFrom("", "x"),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 12 }), (fields) => {
        const signature = getExpectedTwilioSignature(TOKEN, URL_OF_DOCS, paramsOf(fields));
        const request = { url: URL_OF_DOCS, rawBody: formOf(fields), contentType: `${FORM}; charset=UTF-8` };
        expect(signTwilioRequest({ ...request, token: TOKEN })).toBe(signature);
        expect(matches(URL_OF_DOCS, fields, signature)).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  test("a form with a changed, added, removed or renamed field does not match", () => {
    const signature = "KAfoWGzU6pfzFQ1YWYzqxgAsp4Y=";
    const [first, ...others] = FIELDS;
    expect(first).toBeDefined();
    expect(matches(URL_OF_DOCS, others, signature)).toBe(-1);
    expect(matches(URL_OF_DOCS, [...FIELDS, ["Extra", ""]], signature)).toBe(-1);
    expect(matches(URL_OF_DOCS, [["Fron", "+15005550006"], ...others], signature)).toBe(-1);
    expect(matches(URL_OF_DOCS, [["From", "+15005550007"], ...others], signature)).toBe(-1);
  });

  test("a form with one changed bit in its signature does not match", () => {
    fc.assert(
      fc.property(fc.nat(27), fc.nat(6), (index, bit) => {
        const bytes = Buffer.from("KAfoWGzU6pfzFQ1YWYzqxgAsp4Y=");
        bytes.writeUInt8(bytes.readUInt8(index) ^ (1 << bit), index);
        expect(matches(URL_OF_DOCS, FIELDS, bytes.toString("latin1"))).toBe(-1);
      }),
      { numRuns: 500 },
    );
  });
});

describe("the token", () => {
  const sign = (token: string) =>
    signTwilioRequest({ url: URL_OF_DOCS, rawBody: formOf(FIELDS), contentType: FORM, token });

  test("may be the current or the previous one", () => {
    expect(matches(URL_OF_DOCS, FIELDS, sign("new"), ["new", "old"])).toBe(0);
    expect(matches(URL_OF_DOCS, FIELDS, sign("old"), ["new", "old"])).toBe(1);
    expect(matches(URL_OF_DOCS, FIELDS, sign("older"), ["new", "old"])).toBe(-1);
  });

  test("must not be missing or empty, because every caller can sign with an empty secret", () => {
    expect(matches(URL_OF_DOCS, FIELDS, sign(""), [""])).toBe(-1);
    expect(matches(URL_OF_DOCS, FIELDS, sign(""), [])).toBe(-1);
  });
});

describe("the URL", () => {
  test.each([
    ["https://a.example/in?x=1", "https://a.example:443/in?x=1"],
    ["https://a.example:443/in?x=1", "https://a.example/in?x=1"],
    ["http://a.example/in", "http://a.example:80/in"],
    ["https://a.example/in?x=it's", "https://a.example/in?x=it%27s"],
    ["https://a.example/in?x=it%27s", "https://a.example/in?x=it's"],
    ["https://a.example/in?x=a:b", "https://a.example/in?x=a%3Ab"],
    ["https://u:p@a.example/in", "https://u:p@a.example:443/in"],
  ])("the URL %s matches a signature over %s", (url, signedUrl) => {
    expect(matches(url, FIELDS, getExpectedTwilioSignature(TOKEN, signedUrl, paramsOf(FIELDS)))).toBe(0);
  });

  test.each([
    "https://b.example/in?x=1",
    "http://a.example/in?x=1",
    "https://a.example/in?x=2",
    "https://a.example/in",
    "https://a.example/In?x=1",
  ])("https://a.example/in?x=1 is not matched by a signature over %s", (signedUrl) => {
    const signature = getExpectedTwilioSignature(TOKEN, signedUrl, paramsOf(FIELDS));
    expect(matches("https://a.example/in?x=1", FIELDS, signature)).toBe(-1);
  });

  test("is matched exactly where the vendor's package matches it", () => {
    const origin = fc.constantFrom(
      "https://a.example",
      "https://a.example:443",
      "https://a.example:8443",
      "http://a.example",
    );
    const query = fc
      .array(
        fc.constantFrom(
          "a",
          "=",
          "&",
          "'",
          "%27",
          "(",
          "!",
          "~",
          "*",
          ":",
          "%3A",
          "+",
          "%20",
          "%c3%a9",
          "%C3%A9",
          "é",
          '"',
        ),
      )
      .map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(origin, origin, query, query, fc.boolean(), (from, to, asked, other, isSame) => {
        const url = `${to}/in?${asked}`;
        const signature = getExpectedTwilioSignature(TOKEN, `${from}/in?${isSame ? asked : other}`, {});
        expect(matches(url, [], signature) === 0).toBe(validateRequest(TOKEN, signature, url, {}));
        const normal = getExpectedTwilioSignature(TOKEN, new URL(url).href, {});
        expect(matches(url, [], normal)).toBe(0);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("a JSON body", () => {
  const urlFor = (body: string) =>
    `https://chat.example.com/in/twilio?bodySHA256=${createHash("sha256").update(body).digest("hex")}`;
  const match = (url: string, body: string, signature: string) =>
    matchTwilioToken({
      url,
      rawBody: Buffer.from(body),
      contentType: "application/json",
      signature,
      tokens: [TOKEN],
    });

  test("has the published signature", () => {
    expect(match(urlFor('{"a":1}'), '{"a":1}', "fwzTgb7xKbXKfBR3UdKG18wMW40=")).toBe(0);
    expect(validateRequestWithBody(TOKEN, "fwzTgb7xKbXKfBR3UdKG18wMW40=", urlFor('{"a":1}'), '{"a":1}')).toBe(
      true,
    );
  });

  test("must have the hash that the URL promises", () => {
    const signature = "fwzTgb7xKbXKfBR3UdKG18wMW40=";
    expect(match(urlFor('{"a":1}'), '{"a":2}', signature)).toBe(-1);
    expect(match(urlFor('{"a":2}'), '{"a":2}', signature)).toBe(-1);
  });

  test("is not matched where the URL promises no hash: nothing of it would be signed", () => {
    const url = "https://chat.example.com/in/twilio";
    const signature = getExpectedTwilioSignature(TOKEN, url, {});
    expect(match(url, "", signature)).toBe(0);
    expect(match(url, '{"a":1}', signature)).toBe(-1);
    const form = {
      url,
      rawBody: Buffer.from("From=x"),
      contentType: "text/plain",
      signature,
      tokens: [TOKEN],
    };
    expect(matchTwilioToken(form)).toBe(-1);
    expect(validateRequestWithBody(TOKEN, signature, url, '{"a":1}')).toBe(false);
  });

  test("is matched as the vendor's package matches it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const body = JSON.stringify({ text });
        const signature = getExpectedTwilioSignature(TOKEN, urlFor(body), {});
        expect(validateRequestWithBody(TOKEN, signature, urlFor(body), body)).toBe(true);
        expect(match(urlFor(body), body, signature)).toBe(0);
      }),
    );
  });
});
