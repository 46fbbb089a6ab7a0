import { createHash } from "node:crypto";
import fc from "fast-check";
import twilio from "twilio";
import { expect, test } from "vitest";
import {
  matchTwilioToken,
  signTwilioRequest,
} from "../../../../infra/runtime/signatures/twilio-signature.ts";

const { getExpectedTwilioSignature, validateRequest, validateRequestWithBody } = twilio;
const CASES = { numRuns: 10_000 };
const FORM = "application/x-www-form-urlencoded";

const token = fc.stringMatching(/^[0-9a-f]{32}$/);
const origin = fc.constantFrom(
  "https://chat.example.com",
  "https://chat.example.com:8443",
  "http://a.example:80",
);
const query = fc
  .array(fc.constantFrom("a", "b", "=", "&", "'", "%27", "%3A", ":", "+", "%20", "%c3%a9", "~", "*"), {
    maxLength: 6,
  })
  .map((pieces) => pieces.join(""));
const url = fc.tuple(origin, query).map(([base, search]) => `${base}/in${search === "" ? "" : `?${search}`}`);
const name = fc.oneof(
  fc.constantFrom("From", "Body", "a", "A"),
  fc.string({ unit: "grapheme", maxLength: 6 }),
);
const value = fc.oneof(fc.constantFrom("", "x"), fc.string({ unit: "grapheme", maxLength: 12 }));
const fields = fc.array(fc.tuple(name, value), { maxLength: 6 });

type Fields = [string, string][];
const formOf = (list: Fields) => Buffer.from(new URLSearchParams(list).toString());

/** As the vendor's package wants it: a repeated field is a list. */
function paramsOf(body: Buffer): Record<string, string | string[]> {
  const pairs = [...new URLSearchParams(body.toString("utf8"))];
  const groups = Map.groupBy(pairs, ([key]) => key);
  return Object.fromEntries(
    [...groups].map(([key, list]) => [
      key,
      list.length === 1 ? (list[0]?.[1] ?? "") : list.map(([, text]) => text),
    ]),
  );
}

function flipBit(bytes: Buffer, position: number): Buffer {
  const changed = Buffer.from(bytes);
  if (changed.length === 0) return changed;
  const index = position % changed.length;
  changed.writeUInt8(changed.readUInt8(index) ^ (1 << (position % 7)), index);
  return changed;
}

function flipText(text: string, position: number): string {
  return flipBit(Buffer.from(text, "latin1"), position).toString("latin1");
}

interface Request {
  url: string;
  body: Buffer;
  token: string;
  signature: string;
}

/** Parts of the request that change before it is verified; `n` is any number. */
const DEFECTS: readonly ((got: Request, other: Omit<Request, "signature">, n: number) => Partial<Request>)[] =
  [
    () => ({}),
    (_got, { token: known }) => ({ token: known }),
    (_got, other) => ({ url: other.url }),
    ({ url: called }, _other, n) => (URL.canParse(flipText(called, n)) ? { url: flipText(called, n) } : {}),
    (_got, other) => ({ body: other.body }),
    ({ body }, _other, n) => ({ body: flipBit(body, n) }),
    ({ signature }, _other, n) => ({ signature: flipText(signature, n) }),
    ({ signature }, _other, n) => ({ signature: signature.slice(0, n % 29) }),
  ];
const defect = fc.nat(DEFECTS.length - 1);

function damage(request: Request, which: number, other: Omit<Request, "signature">, n: number): Request {
  return { ...request, ...DEFECTS[which]?.(request, other, n) };
}

test(`a form is signed and judged as by validateRequest, in ${CASES.numRuns} cases`, () => {
  const tally = new Map<boolean, number>();
  fc.assert(
    fc.property(token, token, url, url, fields, fields, defect, fc.nat(), (...args) => {
      const [ownToken, otherToken, ownUrl, otherUrl, own, others, which, position] = args;
      const signed = { url: ownUrl, body: formOf(own), token: ownToken };
      const ours = signTwilioRequest({ ...signed, rawBody: signed.body, contentType: FORM });
      const theirs = getExpectedTwilioSignature(ownToken, ownUrl, paramsOf(signed.body));
      expect(ours).toBe(theirs);
      const other = { url: otherUrl, body: formOf(others), token: otherToken };
      const got = damage({ ...signed, signature: theirs }, which, other, position);
      const verdict = validateRequest(got.token, got.signature, got.url, paramsOf(got.body));
      const { body: rawBody, token: known, ...rest } = got;
      expect(matchTwilioToken({ ...rest, rawBody, contentType: FORM, tokens: [known] }) === 0).toBe(verdict);
      if (which === 0) expect(verdict).toBe(true);
      tally.set(verdict, (tally.get(verdict) ?? 0) + 1);
    }),
    CASES,
  );
  // Both verdicts came up, so agreeing was not easy.
  expect(Math.min(tally.get(true) ?? 0, tally.get(false) ?? 0)).toBeGreaterThan(1_000);
});

test(`a JSON body is signed and judged as by validateRequestWithBody, in ${CASES.numRuns} cases`, () => {
  const json = fc.jsonValue({ maxDepth: 1 }).map((content) => Buffer.from(JSON.stringify(content)));
  const withHash = (base: string, body: Buffer) => {
    const hash = createHash("sha256").update(body).digest("hex");
    return `${base}${base.includes("?") ? "&" : "?"}bodySHA256=${hash}`;
  };
  fc.assert(
    fc.property(token, token, url, url, json, json, defect, fc.nat(), (...args) => {
      const [ownToken, otherToken, base, otherBase, body, otherBody, which, position] = args;
      const signed = { url: withHash(base, body), body, token: ownToken };
      const contentType = "application/json";
      const ours = signTwilioRequest({ ...signed, rawBody: body, contentType });
      expect(ours).toBe(getExpectedTwilioSignature(ownToken, signed.url, {}));
      // Another URL promises the other body's hash, or none.
      const otherUrl = position % 2 === 0 ? otherBase : withHash(otherBase, otherBody);
      const other = { url: otherUrl, body: otherBody, token: otherToken };
      const got = damage({ ...signed, signature: ours }, which, other, position);
      // The package reads the body as text; ours takes its bytes, which are the same where it is text.
      if (!got.body.equals(Buffer.from(got.body.toString("utf8")))) return;
      const verdict = validateRequestWithBody(got.token, got.signature, got.url, got.body.toString("utf8"));
      const { body: rawBody, token: known, ...rest } = got;
      expect(matchTwilioToken({ ...rest, rawBody, contentType, tokens: [known] }) === 0).toBe(verdict);
      if (which === 0) expect(verdict).toBe(true);
    }),
    CASES,
  );
});
