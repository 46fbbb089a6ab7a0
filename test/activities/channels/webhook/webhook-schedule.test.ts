import { describe, expect, test } from "vitest";
import { splitTexts } from "../../../support/channels/split-texts.ts";
import { createWebhookChannel } from "../../../../activities/channels/webhook.ts";
import { createEgressGuard } from "../../../../infra/runtime/network/egress-guard.ts";
import { NOW, samplePart } from "../../../support/channels/samples.ts";

const withRandom = (value: number) =>
  createWebhookChannel({
    egress: createEgressGuard({ allowHttp: false, allowedHosts: [] }),
    now: () => NOW,
    random: () => value,
  });

describe("the schedule", () => {
  const HOURS = [0, 5 / 3_600, 5 / 60, 0.5, 2, 5, 10, 14, 20, 24];

  test("is the ten attempts of Standard Webhooks, about 75.6 h, and then the end", () => {
    const channel = withRandom(0);
    const delays = HOURS.map((_, index) => channel.delayBeforeAttemptMs(index + 1));
    expect(delays).toEqual(HOURS.map((hours) => hours * 3_600_000));
    expect(delays.reduce((sum, delay) => (sum ?? 0) + (delay ?? 0), 0)).toBeCloseTo(75.6 * 3_600_000, -6);
    expect(channel.delayBeforeAttemptMs(11)).toBeNull();
  });

  test("is extended by a tenth at most", () => {
    const channel = withRandom(1 - Number.EPSILON);
    for (const [index, hours] of HOURS.entries()) {
      const delay = channel.delayBeforeAttemptMs(index + 1) ?? -1;
      expect(delay).toBeGreaterThanOrEqual(hours * 3_600_000);
      expect(delay).toBeLessThanOrEqual(hours * 3_600_000 * 1.1);
    }
  });

  test("repeats an ambiguous send freely, since the receiver knows the id", () => {
    expect(withRandom(0).deliveryClass).toBe("idempotency-key");
  });
});

test.each(["a", "漢", "🙂", '"', "\u0001", "word "])(
  "a long reply of %j goes in payloads below 20 kB",
  async (letter) => {
    const channel = withRandom(0);
    const short = letter.repeat(Math.floor(15_000 / Buffer.byteLength(JSON.stringify(letter)))).trim();
    expect(splitTexts(channel, short)).toEqual([short]);
    const parts = splitTexts(channel, letter.repeat(30_000));
    expect(parts.every((text) => Buffer.byteLength(JSON.stringify({ ...samplePart(), text })) < 20_000)).toBe(
      true,
    );
  },
);

test("a reply that the receiver could not hand on is not sent again", () => {
  const channel = withRandom(0);
  expect(channel.receipts).toBe(true);
  expect(channel.classifyReceipt?.("mailbox_full")).toBe("permanent");
});
