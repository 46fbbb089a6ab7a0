import { isValidSlackRequest } from "@slack/bolt";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  signSlackRequest,
  verifySlackSignature,
} from "../../../../infra/runtime/signatures/slack-signature.ts";

const SECRET = "signing-secret";
const STAMP = 1_767_225_600;
const BODY = '{"type":"event_callback","event_id":"Ev01"}';
const SIGNATURE = "v0=43623cd3253fcb2ffbc1157004e7807c523a00f42f399859a17abafb3187ee7a";
const NOW = new Date(STAMP * 1_000);

interface Request {
  body?: string | Buffer;
  timestamp?: string | string[] | undefined;
  signature?: string | string[] | undefined;
  secrets?: readonly string[];
  now?: Date;
}

function verify({ body = BODY, secrets = [SECRET], now = NOW, ...headers }: Request = {}) {
  const { timestamp = String(STAMP), signature = SIGNATURE } = headers;
  const sent = { "x-slack-request-timestamp": timestamp, "x-slack-signature": signature };
  return verifySlackSignature({ headers: sent, rawBody: Buffer.from(body as string), secrets, now });
}
const sign = (secret: string, body: string | Buffer = BODY, timestamp = String(STAMP)) =>
  signSlackRequest({ timestamp, rawBody: Buffer.from(body as string), secret });

/** The vendor's own verdict. */
function isValidForSlack(secret: string, body: string, signature: string, stamp = STAMP): boolean {
  const headers = { "x-slack-signature": signature, "x-slack-request-timestamp": stamp };
  return isValidSlackRequest({ signingSecret: secret, body, headers, nowMilliseconds: NOW.getTime() });
}

describe("a request", () => {
  test("has the published signature", () => {
    expect(sign(SECRET)).toBe(SIGNATURE);
    expect(verify()).toEqual({ ok: true, secretIndex: 0 });
    expect(isValidForSlack(SECRET, BODY, SIGNATURE)).toBe(true);
  });

  test("is signed and verified as the vendor's package does it, on 10,000 generated cases", () => {
    const secret = fc.string({ minLength: 1, maxLength: 40 });
    const body = fc.string({ unit: "grapheme", maxLength: 60 });
    // Slack's package lets the future through, so only the past is compared here.
    const stamp = fc.integer({ min: STAMP - 400, max: STAMP });
    const cases = fc.tuple(secret, secret, body, body, stamp, stamp, fc.nat(4));
    fc.assert(
      fc.property(cases, ([ours, other, sent, another, sentAt, signedAt, defect]) => {
        const signedBody = defect === 1 ? another : sent;
        const signedStamp = String(defect === 2 ? signedAt : sentAt);
        const signature = sign(defect === 3 ? other : ours, signedBody, signedStamp);
        const verdict = verify({ body: sent, timestamp: String(sentAt), signature, secrets: [ours] });
        expect(verdict.ok).toBe(isValidForSlack(ours, sent, signature, sentAt));
      }),
      { numRuns: 10_000 },
    );
  });

  test("is signed over its bytes, whether they are text or not", () => {
    const bytes = Buffer.from([0x7b, 0xff, 0x00, 0x7d]);
    expect(verify({ body: bytes, signature: sign(SECRET, bytes) })).toMatchObject({ ok: true });
    const asText = sign(SECRET, bytes.toString("utf8"));
    expect(verify({ body: bytes, signature: asText })).toMatchObject({ code: "signature_invalid" });
  });

  test("a request with one changed bit in its body is refused", () => {
    fc.assert(
      fc.property(fc.nat(BODY.length - 1), fc.nat(7), (index, bit) => {
        const body = Buffer.from(BODY);
        body.writeUInt8(body.readUInt8(index) ^ (1 << bit), index);
        expect(verify({ body })).toMatchObject({ ok: false, code: "signature_invalid" });
      }),
      { numRuns: 500 },
    );
  });

  test("a request with one changed bit in its signature is refused", () => {
    fc.assert(
      fc.property(fc.nat(SIGNATURE.length - 1), fc.nat(6), (index, bit) => {
        const bytes = Buffer.from(SIGNATURE);
        bytes.writeUInt8(bytes.readUInt8(index) ^ (1 << bit), index);
        expect(verify({ signature: bytes.toString("latin1") })).toMatchObject({ code: "signature_invalid" });
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    SIGNATURE.toUpperCase(),
    SIGNATURE.slice(3),
    `v1${SIGNATURE.slice(2)}`,
    `${SIGNATURE}0`,
    `${SIGNATURE}=`,
    `${SIGNATURE}, ${SIGNATURE}`,
    SIGNATURE.slice(0, -1),
    "v0=",
  ])("a request with the signature %s is refused", (signature) => {
    expect(verify({ signature })).toMatchObject({ code: "signature_invalid" });
  });
});

describe("the timestamp", () => {
  const at = (offset: number) => {
    const timestamp = String(STAMP + offset);
    return verify({ timestamp, signature: sign(SECRET, BODY, timestamp) });
  };

  test.each([-300, 0, 300])("a timestamp may be %i s off", (offset) => {
    expect(at(offset)).toEqual({ ok: true, secretIndex: 0 });
  });

  test.each([-301, 301])("a signed timestamp that is %i s off is refused", (offset) => {
    expect(at(offset)).toMatchObject({ ok: false, code: "timestamp_out_of_window" });
  });

  test("is compared in whole seconds", () => {
    const late = new Date(NOW.getTime() + 300_999);
    expect(verify({ now: late })).toMatchObject({ ok: true });
    expect(verify({ now: new Date(late.getTime() + 1) })).toMatchObject({ code: "timestamp_out_of_window" });
  });

  test("is part of what is signed", () => {
    expect(verify({ timestamp: String(STAMP + 1) })).toMatchObject({ code: "signature_invalid" });
  });

  test.each(["now", "-1", `0${STAMP}`, `${STAMP}.0`, ` ${STAMP}`, "1e9", "1".repeat(13)])(
    "%j is not a valid timestamp",
    (timestamp) => {
      expect(verify({ timestamp, signature: sign(SECRET, BODY, timestamp) })).toMatchObject({
        code: "timestamp_out_of_window",
      });
    },
  );
});

describe("the signing secret", () => {
  test("may be the current or the previous one, and no other", () => {
    expect(verify({ signature: sign("new"), secrets: ["new", "old"] })).toEqual({ ok: true, secretIndex: 0 });
    expect(verify({ signature: sign("old"), secrets: ["new", "old"] })).toEqual({ ok: true, secretIndex: 1 });
    expect(verify({ signature: sign("older"), secrets: ["new", "old"] })).toMatchObject({ ok: false });
  });

  test("must not be missing or empty, because every caller can sign with an empty secret", () => {
    expect(verify({ signature: sign(""), secrets: [""] })).toMatchObject({ code: "signature_invalid" });
    expect(verify({ secrets: [] })).toMatchObject({ code: "signature_invalid" });
  });

  test("the signing secret is in no error", () => {
    expect(JSON.stringify(verify({ secrets: ["other-secret"] }))).not.toMatch(/other-secret|43623cd3/);
  });
});

describe("the headers", () => {
  test("must both be there", () => {
    const missing = { ok: false, code: "signature_missing" };
    expect(verify({ signature: "" })).toMatchObject(missing);
    expect(verify({ timestamp: "" })).toMatchObject(missing);
    const none = verifySlackSignature({
      headers: {},
      rawBody: Buffer.from(BODY),
      secrets: [SECRET],
      now: NOW,
    });
    expect(none).toMatchObject(missing);
  });

  test("may be there once", () => {
    expect(verify({ signature: [SIGNATURE, SIGNATURE] })).toMatchObject({ code: "header_repeated" });
    expect(verify({ timestamp: [String(STAMP), String(STAMP)] })).toMatchObject({ code: "header_repeated" });
  });
});
