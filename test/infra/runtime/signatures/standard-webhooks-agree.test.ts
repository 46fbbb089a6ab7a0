import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  signStandardWebhook,
  verifyStandardWebhook,
} from "../../../../infra/runtime/signatures/standard-webhooks.ts";
import { TIMESTAMP } from "./signature-schemes.ts";

const CASES = { numRuns: 10_000 };

// The package asks the clock itself.
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: TIMESTAMP * 1_000 }));
afterEach(() => void vi.useRealTimers());

interface Received {
  id: string;
  timestamp: string;
  signature: string;
  body: string | Buffer;
  secret: string;
}

function verifyWithOurs({ id, timestamp, signature, body, secret }: Received): boolean {
  return verifyStandardWebhook({
    headers: { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature },
    rawBody: Buffer.from(body as string),
    secrets: [secret],
    now: new Date(),
  }).ok;
}

function verifyWithPackage({ id, timestamp, signature, body, secret }: Received): boolean {
  const headers = { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature };
  try {
    new Webhook(secret).verify(body, headers, { jsonParse: false });
    return true;
  } catch {
    return false;
  }
}

const key = fc
  .uint8Array({ minLength: 24, maxLength: 64 })
  .map((bytes) => `whsec_${Buffer.from(bytes).toString("base64")}`);
const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,24}$/);
const body = fc.string({ unit: "grapheme", maxLength: 40 });
/** Around the edges of the window, and far off. */
const offset = fc.oneof(
  fc.integer({ min: -302, max: 302 }),
  fc.constantFrom(-300, 300, -301, 301, -86_400, 86_400),
);

/** Changes between caller and receiver: each turns the signed request into the received one. */
const DEFECTS: readonly ((got: Received, other: Received) => Received)[] = [
  (got) => got,
  (got, other) => ({ ...got, body: other.body }),
  (got, other) => ({ ...got, id: other.id }),
  (got, other) => ({ ...got, timestamp: other.timestamp }),
  (got, other) => ({ ...got, secret: other.secret }),
  (got, other) => ({ ...got, signature: other.signature }),
  (got, other) => ({ ...got, signature: `${other.signature} ${got.signature}` }),
  (got) => ({ ...got, signature: got.signature.slice(0, -1) }),
  (got) => ({ ...got, signature: got.signature.replace("v1,", "v2,") }),
  (got) => ({ ...got, signature: "" }),
  (got) => ({ ...got, id: "" }),
];

test(`what one signs the other verifies, and both give the same verdict, in ${CASES.numRuns} cases`, () => {
  const tally = new Map<boolean, number>();
  const said = fc.record({ id, body, offset, secret: key });
  fc.assert(
    fc.property(said, said, fc.nat(DEFECTS.length - 1), fc.boolean(), (first, second, which, weSign) => {
      const [got, other] = [first, second].map(({ offset: shift, ...content }): Received => {
        const timestamp = TIMESTAMP + shift;
        const our = signStandardWebhook({ ...content, timestamp, secrets: [content.secret] });
        const their = new Webhook(content.secret).sign(content.id, new Date(timestamp * 1_000), content.body);
        expect(our).toBe(their);
        return { ...content, timestamp: String(timestamp), signature: weSign ? our : their };
      }) as [Received, Received];
      const received = DEFECTS[which]?.(got, other) ?? got;
      const verdict = verifyWithOurs(received);
      expect(verdict).toBe(verifyWithPackage(received));
      if (which === 0) expect(verdict).toBe(Math.abs(first.offset) <= 300);
      tally.set(verdict, (tally.get(verdict) ?? 0) + 1);
    }),
    CASES,
  );
  expect(Math.min(tally.get(true) ?? 0, tally.get(false) ?? 0)).toBeGreaterThan(1_000);
});

describe("where we are stricter than the package, we mean it:", () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
  const signFields = (fields: Partial<Received> = {}): Received => {
    const content = { id: "msg_1", timestamp: String(TIMESTAMP), body: "{}", secret, ...fields };
    const stamp = Number.parseInt(content.timestamp, 10);
    return {
      ...content,
      signature: signStandardWebhook({ ...content, timestamp: stamp, secrets: [secret] }),
    };
  };

  test.each<[string, Received]>([
    ["an id with a dot could be read as another id and time", signFields({ id: "msg.1" })],
    ["a timestamp is a number from end to end", signFields({ timestamp: `${TIMESTAMP}junk` })],
    ["a timestamp has no space before it", signFields({ timestamp: ` ${TIMESTAMP}` })],
  ])("we are stricter than the package: %s", (_what, received) => {
    expect(verifyWithPackage(received)).toBe(true);
    expect(verifyWithOurs(received)).toBe(false);
  });

  test("bytes that are not text are not read as the replacement text for such bytes", () => {
    const [body1, body2] = [Buffer.from([0x22, 0xff, 0x22]), Buffer.from([0x22, 0xfe, 0x22])];
    const their = {
      ...signFields(),
      signature: new Webhook(secret).sign("msg_1", new Date(), body1.toString()),
    };
    expect(verifyWithPackage({ ...their, body: body2 })).toBe(true);
    expect(verifyWithOurs({ ...their, body: body2 })).toBe(false);
  });

  test("a key under 24 bytes protects nothing", () => {
    const short = `whsec_${Buffer.alloc(8, 7).toString("base64")}`;
    const signature = new Webhook(short).sign("msg_1", new Date(), "{}");
    const received = { ...signFields(), secret: short, signature };
    expect(verifyWithPackage(received)).toBe(true);
    expect(() => verifyWithOurs(received)).toThrow("24 to 64 bytes");
  });
});
