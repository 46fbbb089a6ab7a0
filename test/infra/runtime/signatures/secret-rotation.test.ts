import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  signStandardWebhook,
  verifyStandardWebhook,
} from "../../../../infra/runtime/signatures/standard-webhooks.ts";
import { SCHEMES, findFittingSecret, TIMESTAMP } from "./signature-schemes.ts";

describe.each(SCHEMES.map((scheme) => [scheme.name, scheme] as const))("%s secret", (_name, scheme) => {
  const [next, old] = scheme.keys;
  /** The secrets of the receiver, step by step, and the ones that the caller can use in each step. */
  const steps = [
    { known: [old], signs: [old], refused: [next] },
    { known: [next, old], signs: [old, next], refused: [] },
    { known: [next], signs: [next], refused: [old] },
  ];

  test("is changed without a rejected message: the old one, both, the new one", () => {
    fc.assert(
      fc.property(scheme.inputs, (said) => {
        for (const { known, signs, refused } of steps) {
          const secrets = known.map(({ verifyingKey }) => verifyingKey);
          for (const key of signs)
            expect(findFittingSecret(scheme, scheme.sign(said, key.signingKey), secrets)).toBe(
              known.indexOf(key),
            );
          for (const key of refused)
            expect(findFittingSecret(scheme, scheme.sign(said, key.signingKey), secrets)).toBeNull();
        }
      }),
      { numRuns: 50 },
    );
  });
});

test("receivers accept a request with both signatures at every step", () => {
  const [next, old] = [7, 8].map((fill) => `whsec_${Buffer.alloc(32, fill).toString("base64")}`) as [
    string,
    string,
  ];
  const signature = signStandardWebhook({
    id: "msg_1",
    timestamp: TIMESTAMP,
    body: "{}",
    secrets: [next, old],
  });
  const headers = {
    "webhook-id": "msg_1",
    "webhook-timestamp": String(TIMESTAMP),
    "webhook-signature": signature,
  };
  const now = new Date(TIMESTAMP * 1_000);
  for (const secrets of [[old], [old, next], [next, old], [next]])
    expect(verifyStandardWebhook({ headers, rawBody: Buffer.from("{}"), secrets, now }).ok).toBe(true);
});

describe("a signed time", () => {
  const said = { url: "https://chat.example.com/in", body: Buffer.from("{}"), id: "msg_1" };
  const timed = SCHEMES.map((scheme) => ({
    scheme,
    wire: scheme.sign(said, scheme.keys[0].signingKey),
  })).filter(({ wire }) => wire.timestamp.length > 0);

  test("is part of Slack's scheme and of both Standard Webhooks schemes", () => {
    expect(timed.map(({ scheme }) => scheme.name)).toEqual([
      "Slack's",
      "Standard Webhooks' HMAC",
      "Standard Webhooks' Ed25519",
    ]);
  });

  /** Both clocks are read in whole seconds, so the last second of the window lasts to its end. */
  test.each([
    [-300_000, true],
    [-300_001, false],
    [300_000, true],
    [300_999, true],
    [301_000, false],
  ])("a signed time %i ms before our clock is accepted: %j", (ms, isTaken) => {
    const now = new Date(TIMESTAMP * 1_000 + ms);
    for (const { scheme, wire } of timed) {
      const index = findFittingSecret(scheme, wire, [scheme.keys[0].verifyingKey], now);
      expect(index === 0, scheme.name).toBe(isTaken);
    }
  });
});
