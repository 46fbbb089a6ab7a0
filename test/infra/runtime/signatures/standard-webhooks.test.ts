import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { ed25519PublicKey } from "../../../../infra/runtime/signatures/ed25519.ts";
import {
  signStandardWebhook,
  verifyStandardWebhook,
} from "../../../../infra/runtime/signatures/standard-webhooks.ts";

const TIME = 1_767_225_600;
const SECRET = "whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH";
const OTHER = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
const BODY = '{"type":"message.received"}';
const SIGNATURE = "v1,MFUdoYapwTHoxlCuMYkSizkPJEDQ4yEVZVDO1o85x0A=";
const PUBLIC_KEY = "whpk_/RckOFqgx1tk+3jNYC+h2ZH96/drE8WO1wLqyDXp9hg=";
const PRIVATE_KEY = `whsk_${Buffer.alloc(32, 9).toString("base64")}`;
const ED25519_SIGNATURE =
  "v1a,yLvBQ4+Xrs72LAxUHFmsP5qlaK3t4oGFyXLh17o25Gw5hSuQJIzWC1QaYxsh6PdiTB5mkC2pF8w1aN/07375BA==";

interface Received {
  id: string | string[];
  timestamp: string | string[];
  signature: string | string[];
  body: string | Buffer;
  secrets: string[];
  now: number;
}

function verify(changes: Partial<Received> = {}) {
  const request = { id: "msg_1", timestamp: String(TIME), signature: SIGNATURE, body: BODY, ...changes };
  return verifyStandardWebhook({
    headers: {
      "webhook-id": request.id,
      "webhook-timestamp": request.timestamp,
      "webhook-signature": request.signature,
    },
    rawBody: Buffer.from(request.body),
    secrets: changes.secrets ?? [SECRET],
    now: new Date((changes.now ?? TIME) * 1000),
  });
}

const refusal = (code: string) => expect.objectContaining({ ok: false, code }) as unknown;

describe("signing", () => {
  test("gives the published signature", () => {
    expect(signStandardWebhook({ id: "msg_1", timestamp: TIME, body: BODY, secrets: [SECRET] })).toBe(
      SIGNATURE,
    );
  });

  test("gives the published Ed25519 signature, by the bare seed and by the pair", () => {
    const publicKey = Buffer.from(PUBLIC_KEY.slice(5), "base64");
    const pair = `whsk_${Buffer.concat([Buffer.alloc(32, 9), publicKey]).toString("base64")}`;
    const secrets = [PRIVATE_KEY, SECRET, pair];
    expect(signStandardWebhook({ id: "msg_1", timestamp: TIME, body: BODY, secrets })).toBe(
      `${ED25519_SIGNATURE} ${SIGNATURE} ${ED25519_SIGNATURE}`,
    );
  });

  test("a signature of a private key is verified by its public key, for any content", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/),
        fc.uint8Array(),
        (bytes, id, body) => {
          const seed = Buffer.from(bytes);
          const secrets = [`whsk_${seed.toString("base64")}`];
          const signature = signStandardWebhook({ id, timestamp: TIME, body, secrets });
          const publicKey = `whpk_${ed25519PublicKey(seed).toString("base64")}`;
          const received = { id, signature, body: Buffer.from(body) };
          expect(verify({ ...received, secrets: [PUBLIC_KEY, publicKey] })).toEqual({
            ok: true,
            secretIndex: 1,
          });
          expect(verify({ ...received, secrets: [PUBLIC_KEY, SECRET] }).ok).toBe(false);
        },
      ),
    );
  });

  test("gives one signature per secret, so that a receiver may know only one of them", () => {
    const signature = signStandardWebhook({ id: "a", timestamp: TIME, body: "x", secrets: [OTHER, SECRET] });
    expect(signature.split(" ")).toHaveLength(2);
    expect(verify({ id: "a", body: "x", signature })).toEqual({ ok: true, secretIndex: 0 });
    expect(verify({ id: "a", body: "x", signature, secrets: [OTHER] })).toEqual({ ok: true, secretIndex: 0 });
  });

  test("is understood by the reference package, and the other way round", () => {
    const timestamp = Math.floor(Date.now() / 1000);
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 24, maxLength: 64 }),
        fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/),
        fc.string({ unit: "grapheme", minLength: 1 }),
        (key, id, text) => {
          const body = JSON.stringify(text);
          const secret = `whsec_${Buffer.from(key).toString("base64")}`;
          const oracle = new Webhook(secret);
          const signature = signStandardWebhook({ id, timestamp, body, secrets: [secret] });
          const headers = {
            "webhook-id": id,
            "webhook-timestamp": String(timestamp),
            "webhook-signature": signature,
          };
          expect(oracle.verify(body, headers)).toBe(text);
          const theirs = oracle.sign(id, new Date(timestamp * 1000), body);
          expect(
            verify({
              id,
              body,
              signature: theirs,
              timestamp: String(timestamp),
              now: timestamp,
              secrets: [secret],
            }),
          ).toEqual({ ok: true, secretIndex: 0 });
        },
      ),
    );
  });
});

describe("verifying", () => {
  test("accepts the published HMAC and Ed25519 signatures", () => {
    expect(verify()).toEqual({ ok: true, secretIndex: 0 });
    expect(verify({ signature: ED25519_SIGNATURE, secrets: [PUBLIC_KEY] })).toEqual({
      ok: true,
      secretIndex: 0,
    });
  });

  test("returns the secret that matched, of several secrets and several signatures", () => {
    const signature = `v2,abc v1,AAAA ${ED25519_SIGNATURE} ${SIGNATURE}`;
    expect(verify({ signature, secrets: [OTHER, SECRET] })).toEqual({ ok: true, secretIndex: 1 });
    expect(verify({ signature, secrets: [OTHER, PUBLIC_KEY] })).toEqual({ ok: true, secretIndex: 1 });
  });

  test.each([-300, 300])("accepts a clock that is %i s off", (offset) => {
    expect(verify({ now: TIME + offset }).ok).toBe(true);
  });

  test.each([-301, 301, -86_400, 86_400])("refuses a clock that is %i s off", (offset) => {
    expect(verify({ now: TIME + offset })).toEqual(refusal("timestamp_out_of_window"));
  });

  test.each(["", "1.5e9", "-1767225600", "0x69000000", "1767225600.0", " 1767225600", "soon"])(
    "refuses the timestamp %j",
    (timestamp) => {
      expect(verify({ timestamp }).ok).toBe(false);
    },
  );

  test.each(["id", "timestamp", "signature"] as const)("refuses a repeated %s header", (field) => {
    const value = { id: "msg_1", timestamp: String(TIME), signature: SIGNATURE }[field];
    expect(verify({ [field]: [value, value] })).toEqual(refusal("header_repeated"));
  });

  test.each(["id", "timestamp", "signature"] as const)("refuses a request without a %s", (field) => {
    expect(verify({ [field]: "" })).toEqual(refusal("signature_missing"));
  });

  test("checks at most eight signatures, because each check reads the whole body of an unverified request", () => {
    const others = (count: number) =>
      Array.from({ length: count }, () => `v1a,${Buffer.alloc(64).toString("base64")}`);
    const verdict = (count: number) =>
      verify({ signature: [...others(count), ED25519_SIGNATURE].join(" "), secrets: [PUBLIC_KEY] });
    expect(verdict(7)).toEqual({ ok: true, secretIndex: 0 });
    expect(verdict(8)).toEqual(refusal("signature_invalid"));
  });

  test("refuses an id with a dot, although its signature is right", () => {
    const signature = signStandardWebhook({ id: "a.b", timestamp: TIME, body: BODY, secrets: [SECRET] });
    expect(verify({ id: "a.b", signature })).toEqual(refusal("signature_invalid"));
  });

  test("refuses a signature of the other scheme, a cut one, and one in another spelling", () => {
    const bare = SIGNATURE.slice(3);
    for (const signature of [
      `v1a,${bare}`,
      bare,
      `v1,${bare.slice(0, -4)}`,
      `v1,${bare.slice(0, -1)}`,
      "v1,",
    ])
      expect(verify({ signature })).toEqual(refusal("signature_invalid"));
    expect(verify({ signature: ED25519_SIGNATURE })).toEqual(refusal("signature_invalid"));
    const asHmac = ED25519_SIGNATURE.replace("v1a", "v1");
    expect(verify({ signature: asHmac, secrets: [PUBLIC_KEY] })).toEqual(refusal("signature_invalid"));
    const half = `v1a,${Buffer.from(ED25519_SIGNATURE.slice(4), "base64").subarray(0, 32).toString("base64")}`;
    expect(verify({ signature: half, secrets: [PUBLIC_KEY] })).toEqual(refusal("signature_invalid"));
  });

  test("refuses everything where there is no secret", () => {
    expect(verify({ secrets: [] })).toEqual(refusal("signature_invalid"));
  });

  test.each([
    ["an HMAC", SIGNATURE, SECRET],
    ["an Ed25519 signature", ED25519_SIGNATURE, PUBLIC_KEY],
  ])("refuses every change of a single bit under %s", (_what, signature, secret) => {
    const parts = { id: "msg_1", timestamp: String(TIME), signature, body: BODY };
    const fields = ["id", "timestamp", "signature", "body"] as const;
    expect(verify({ ...parts, secrets: [secret] }).ok).toBe(true);
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.nat(), fc.nat(6), (field, position, bit) => {
        const bytes = Buffer.from(parts[field]);
        const index = position % bytes.length;
        bytes.writeUInt8(bytes.readUInt8(index) ^ (1 << bit), index);
        expect(verify({ ...parts, secrets: [secret], [field]: bytes.toString("latin1") }).ok).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  test("refuses a change of a single bit of the Ed25519 signature's bytes", () => {
    fc.assert(
      fc.property(fc.nat(63), fc.nat(7), (index, bit) => {
        const bytes = Buffer.from(ED25519_SIGNATURE.slice(4), "base64");
        bytes.writeUInt8(bytes.readUInt8(index) ^ (1 << bit), index);
        const signature = `v1a,${bytes.toString("base64")}`;
        expect(verify({ signature, secrets: [PUBLIC_KEY] })).toEqual(refusal("signature_invalid"));
      }),
      { numRuns: 512 },
    );
  });

  test("covers the raw bytes: different bytes with the same text are different", () => {
    const body = Buffer.from([0x22, 0xff, 0x22]);
    const signature = signStandardWebhook({ id: "a", timestamp: TIME, body, secrets: [SECRET] });
    expect(verify({ id: "a", body, signature }).ok).toBe(true);
    expect(verify({ id: "a", body: Buffer.from([0x22, 0xfe, 0x22]), signature }).ok).toBe(false);
  });
});
