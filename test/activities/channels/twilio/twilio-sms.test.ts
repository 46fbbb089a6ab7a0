import type { ServerResponse } from "node:http";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitTexts } from "../../../support/channels/split-texts.ts";
import { countSegments } from "../../../../activities/channels/twilio/sms-segments.ts";
import { TWILIO_ERROR_CLASSES } from "../../../../activities/channels/twilio/twilio-error-classes.ts";
import { createTwilioSmsChannel } from "../../../../activities/channels/twilio-sms.ts";
import type { ChannelAccount } from "../../../../db/tenants/channel-account.ts";
import { createEgressGuard } from "../../../../infra/runtime/network/egress-guard.ts";
import { openHttpPeer } from "../../../support/http-peer.ts";
import {
  ACCOUNT,
  type FakeResponse,
  json,
  NOW,
  openTwilio,
  optionsFor,
  PART,
  SID,
  signal,
} from "./open-twilio.ts";

async function sendTo(answer: FakeResponse, account = ACCOUNT) {
  const { peer, channel } = await openTwilio(answer);
  const outcome = await channel.send(PART, account, signal);
  return { outcome, requests: peer.requests };
}

describe("a send", () => {
  test("is one form post with basic auth, and its id is Twilio's", async () => {
    const { outcome, requests } = await sendTo(
      json(201, { sid: "SM42", status: "queued", error_code: null }),
    );
    expect(outcome).toEqual({ kind: "accepted", providerId: "SM42" });
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({
      method: "POST",
      path: `/2010-04-01/Accounts/${SID}/Messages.json`,
      headers: {
        authorization: `Basic ${Buffer.from(`${SID}:auth-token`).toString("base64")}`,
        "content-type": "application/x-www-form-urlencoded",
      },
    });
    expect(Object.fromEntries(new URLSearchParams(requests[0]?.body))).toEqual({
      To: "+15005550006",
      From: "+15005550001",
      Body: "Your order & receipt ✓",
    });
  });

  test("uses the messaging service if the account address is one", async () => {
    const service = `MG${"b".repeat(32)}`;
    const { requests } = await sendTo(json(201, { sid: "SM42" }), { ...ACCOUNT, address: service });
    expect(Object.fromEntries(new URLSearchParams(requests[0]?.body))).toMatchObject({
      MessagingServiceSid: service,
    });
    expect(requests[0]?.body).not.toContain("From=");
  });

  test.each(Object.entries(TWILIO_ERROR_CLASSES))(
    "a send that is refused with code %s is %s",
    async (code, kind) => {
      const { outcome } = await sendTo(json(400, { code: Number(code), message: "no", status: 400 }));
      expect(outcome).toEqual({ kind: "refused", class: kind, code, retryAfterMs: null });
    },
  );

  test.each([
    [400, "permanent"],
    [401, "config"],
    [403, "config"],
    [404, "permanent"],
    [408, "retry"],
    [425, "retry"],
    [429, "throttle"],
    [500, "retry"],
    [503, "retry"],
    [302, "permanent"],
  ])("a send that is refused with %i and no known code is %s", async (status, kind) => {
    const html: FakeResponse = (response) => {
      response.writeHead(status, { location: "/elsewhere" }).end("<html>");
    };
    expect((await sendTo(html)).outcome).toMatchObject({ class: kind, code: `http_${status}` });
    expect((await sendTo(json(status, { code: 99_999 }))).outcome).toMatchObject({
      class: kind,
      code: "99999",
    });
  });

  test("the outcome contains the wait that Twilio asks for", async () => {
    const { outcome } = await sendTo(json(429, { code: 20_429 }, { "retry-after": "3" }));
    expect(outcome).toMatchObject({ class: "throttle", retryAfterMs: 3_000 });
  });

  test.each([
    ["the answer is cut", (response: ServerResponse) => void response.destroy()],
    ["the answer has no id", json(201, {})],
    ["the answer is not JSON", (response: ServerResponse) => void response.writeHead(201).end("created")],
  ] satisfies [string, FakeResponse][])("the outcome of a send is unknown when %s", async (_what, answer) => {
    expect((await sendTo(answer)).outcome).toMatchObject({
      kind: "unknown",
    });
  });
});

describe("a long reply", () => {
  const egress = createEgressGuard({ allowHttp: false, allowedHosts: [] });
  const channel = createTwilioSmsChannel({ egress, baseUrl: "https://api.twilio.com", now: () => NOW });

  test.each([
    ["a".repeat(1_530), 1],
    ["a".repeat(1_531), 2],
    ["ж".repeat(670), 1],
    ["ж".repeat(671), 2],
    ["🙂".repeat(330), 1],
    ["🙂".repeat(331), 2],
  ])("%.4s… goes in as few parts as ten segments allow", (text, parts) => {
    expect(splitTexts(channel, text)).toHaveLength(parts);
  });

  test("never has a part of more than 1600 characters or ten segments", () => {
    const unit = fc.constantFrom(
      "word ",
      "sentence. ",
      "\n\n",
      "€",
      "ж",
      "🙂",
      "👩‍👩‍👧‍👦",
      "https://example.com/a?b=c ",
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 900 }), (text) => {
        for (const part of splitTexts(channel, text)) {
          expect(part.length).toBeLessThanOrEqual(1_600);
          expect(countSegments(part).segments).toBeLessThanOrEqual(10);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("a status callback", () => {
  const callbackUrl = ({ channel, accountId }: ChannelAccount) =>
    `https://chat.example.com/webhooks/${channel}/${accountId}`;

  test("a send asks for status callbacks at the account's own URL, if there is one", async () => {
    const peer = await openHttpPeer(json(201, { sid: "SM42" }));
    const channel = createTwilioSmsChannel({ ...optionsFor(peer.url), callbackUrl });
    await channel.send(PART, ACCOUNT, signal);
    expect(Object.fromEntries(new URLSearchParams(peer.requests[0]?.body))).toMatchObject({
      StatusCallback: `https://chat.example.com/webhooks/twilio-sms/main?delivery=${PART.deliveryId}`,
    });
    const { requests } = await sendTo(json(201, { sid: "SM42" }));
    expect(requests[0]?.body).not.toContain("StatusCallback");
  });

  test.each([
    ["30004", "optout"],
    ["30003", "permanent"],
    ["30001", "throttle"],
    ["99999", "permanent"],
    ["", "permanent"],
  ])("a status callback with the code %j means %s", async (code, kind) => {
    const { channel } = await openTwilio(json(200, {}));
    expect(channel.classifyReceipt?.(code)).toBe(kind);
  });
});

test("attempts end within four hours, and an ambiguous one is looked up first", async () => {
  const { channel } = await openTwilio(json(200, {}));
  const delays: number[] = [];
  for (let attempt = 1; attempt < 100; attempt++) {
    const delay = channel.delayBeforeAttemptMs(attempt);
    if (delay === null) break;
    delays.push(delay);
  }
  expect(delays[0]).toBe(0);
  expect(delays).toEqual(delays.toSorted((a, b) => a - b));
  expect(delays.length).toBeLessThan(99);
  expect(delays.reduce((sum, delay) => sum + delay, 0)).toBeLessThanOrEqual(4 * 3_600_000);
  expect(channel.deliveryClass).toBe("reconcile");
});
