import { describe, expect, test } from "vitest";
import type { ChannelAccount } from "../../../../db/tenants/channel-account.ts";
import { webhook } from "../../../../api/channels/webhook.ts";
import { signStandardWebhook } from "../../../../infra/runtime/signatures/standard-webhooks.ts";
import { bodyOf, message, parse, RECEIVED, refusedFields } from "./webhook-body.ts";

const [CURRENT, PREVIOUS] = [secretOf(1), secretOf(2)];
/** RFC 8032, section 7.1, test 2. */
const KEY_PAIR = [
  `whsk_${Buffer.from("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "hex").toString("base64")}`,
  `whpk_${Buffer.from("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "hex").toString("base64")}`,
] as const;
const ACCOUNT: ChannelAccount = {
  tenantId: "acme",
  accountId: "main",
  channel: "webhook",
  address: "https://acme.example/replies",
  externalId: null,
  secrets: { inbound: [CURRENT, PREVIOUS], outbound: [CURRENT] },
  settings: {},
};

function secretOf(byte: number): string {
  return `whsec_${Buffer.alloc(32, byte).toString("base64")}`;
}

function requestOf(body: string | Buffer, headers: Record<string, string | string[]> = {}) {
  const rawBody = Buffer.from(body);
  return {
    url: "https://chat.example.com/webhooks/webhook/main",
    headers: { "webhook-id": "msg_1", ...headers },
    rawBody,
    receivedAt: RECEIVED,
  };
}

describe("the signature", () => {
  const timestamp = String(RECEIVED.getTime() / 1000);
  const headersBy = (secret: string) => ({
    "webhook-timestamp": timestamp,
    "webhook-signature": signStandardWebhook({
      id: "msg_1",
      timestamp: Number(timestamp),
      body: "{}",
      secrets: [secret],
    }),
  });

  test("may be made with the current or the previous secret", () => {
    expect(webhook.verify(requestOf("{}", headersBy(CURRENT)), ACCOUNT)).toEqual({
      ok: true,
      secretIndex: 0,
    });
    expect(webhook.verify(requestOf("{}", headersBy(PREVIOUS)), ACCOUNT)).toEqual({
      ok: true,
      secretIndex: 1,
    });
  });

  test("may not be made with the secret of our own deliveries, a strange one, or over another body", () => {
    const outbound = { ...ACCOUNT, secrets: { inbound: [PREVIOUS], outbound: [CURRENT] } };
    expect(webhook.verify(requestOf("{}", headersBy(CURRENT)), outbound).ok).toBe(false);
    expect(webhook.verify(requestOf("{}", headersBy(secretOf(3))), ACCOUNT).ok).toBe(false);
    expect(webhook.verify(requestOf("{ }", headersBy(CURRENT)), ACCOUNT).ok).toBe(false);
  });

  test("may be made with the private half of a public key that we know", () => {
    const [privateKey, publicKey] = KEY_PAIR;
    const account = { ...ACCOUNT, secrets: { inbound: [CURRENT, publicKey], outbound: [] } };
    const request = requestOf("{}", headersBy(privateKey));
    expect(webhook.verify(request, account)).toEqual({ ok: true, secretIndex: 1 });
    expect(webhook.verify(request, ACCOUNT)).toMatchObject({ ok: false, code: "signature_invalid" });
  });

  test("is checked at the time of receipt", () => {
    const late = {
      ...requestOf("{}", headersBy(CURRENT)),
      receivedAt: new Date(RECEIVED.getTime() + 301_000),
    };
    expect(webhook.verify(late, ACCOUNT)).toMatchObject({ ok: false, code: "timestamp_out_of_window" });
  });
});

describe("a message", () => {
  test("has the webhook's id as its provider id", () => {
    const body = message({
      from: "visitor-7",
      text: "Where is my order?",
      sent_at: "2026-01-01T01:00:00+02:00",
    });
    expect(parse(body)).toEqual({
      ok: true,
      events: [
        {
          kind: "message",
          providerMessageId: "msg_1",
          from: "visitor-7",
          text: "Where is my order?",
          origin: "typed",
          providerTime: new Date("2025-12-31T23:00:00Z"),
        },
      ],
    });
  });

  test("may lack the time and hold unknown fields", () => {
    const body = JSON.stringify({
      type: "message.received",
      extra: 1,
      data: { from: "a", text: "b", mood: "good" },
    });
    expect(parse(body)).toMatchObject({ ok: true, events: [{ providerTime: null }] });
  });

  test("keeps its text byte for byte, but for half a surrogate pair", () => {
    const text = "  Naïve\u0000 ✓ 👩‍👩‍👧 \u202e ﷽ \n";
    expect(parse(message({ from: "a", text }))).toMatchObject({ events: [{ text }] });
    const broken = '{"type":"message.received","data":{"from":"a","text":"x\\ud800y"}}';
    expect(parse(broken)).toMatchObject({ events: [{ text: "x\ufffdy" }] });
  });

  test("may belong to one of several conversations and have its number in it", () => {
    const data = { from: "a", text: "b", thread: "t-1", sequence: 7 };
    expect(parse(message(data))).toMatchObject({ events: [{ thread: "t-1", providerSequence: 7 }] });
  });

  test("has no time where its clock is more than a day ahead", () => {
    const parseWithSentAt = (sent_at: string) => parse(message({ from: "a", text: "b", sent_at }));
    expect(parseWithSentAt("2026-01-02T00:00:00Z")).toMatchObject({
      events: [{ providerTime: new Date("2026-01-02T00:00:00Z") }],
    });
    expect(parseWithSentAt("2026-01-02T00:00:01Z")).toMatchObject({ events: [{ providerTime: null }] });
  });

  test.each([1, 256])("may come from an id of %i characters", (length) => {
    expect(parse(message({ from: "x".repeat(length), text: "b" })).ok).toBe(true);
  });
});

describe("a body that is refused", () => {
  test.each([
    [{ text: "b" }, "data.from"],
    [{ from: "", text: "b" }, "data.from"],
    [{ from: "x".repeat(257), text: "b" }, "data.from"],
    [{ from: 7, text: "b" }, "data.from"],
    [{ from: "a\ud800", text: "b" }, "data.from"],
    [{ from: "a\u0000", text: "b" }, "data.from"],
    [{ from: "a", text: "b", thread: "" }, "data.thread"],
    [{ from: "a", text: "b", thread: "x".repeat(129) }, "data.thread"],
    [{ from: "a", text: "b", thread: "\u0000" }, "data.thread"],
    [{ from: "a", text: "b", sequence: -1 }, "data.sequence"],
    [{ from: "a", text: "b", sequence: 1.5 }, "data.sequence"],
    [{ from: "a", text: "b", sequence: 2 ** 53 }, "data.sequence"],
    [{ from: "a", text: "b", media: "picture" }, "data.media"],
    [{ from: "a", text: "b", media: [7] }, "data.media.0"],
    [{ from: "a", text: "b", media: [{ url: 7 }] }, "data.media.0.url"],
    [{ from: "a", text: "b", media: [{ url: "x".repeat(2_049) }] }, "data.media.0.url"],
    [{ from: "a", media: Array.from({ length: 33 }, () => ({})) }, "data.media"],
    [{ from: "a", text: "", media: [] }, "data.text"],
    [{ from: "a" }, "data.text"],
    [{ from: "a", text: "" }, "data.text"],
    [{ from: "a", text: " \n\t\u00a0" }, "data.text"],
    [{ from: "a", text: ["b"] }, "data.text"],
    [{ from: "a", text: "b".repeat(16_001) }, "data.text"],
    [{ from: "a", text: "b".repeat(16_001), media: [{ name: "c" }] }, "data.text"],
    [{ from: "a", text: "b", sent_at: "yesterday" }, "data.sent_at"],
    [{ from: "a", text: "b", sent_at: 1_767_225_600 }, "data.sent_at"],
    [{ from: "a", text: "b", sent_at: "2026-02-30T00:00:00Z" }, "data.sent_at"],
    [{ from: "a", text: "b", sent_at: "0000-01-01T00:00:00Z" }, "data.sent_at"],
  ])("the body %j is rejected at %s", (data, field) => {
    expect(refusedFields(message(data))).toEqual([field]);
  });

  test("names every field that is wrong, with the rule", () => {
    expect(parse('{"type":"message.received","data":{"text":""}}')).toEqual({
      ok: false,
      problems: [
        {
          field: "data.from",
          message: "must be the contact's id on your side, a text of 1 to 256 characters",
        },
        { field: "data.text", message: "must hold more than white space" },
      ],
    });
  });

  test.each(["{}", '{"type":7}', '{"type":""}', '{"type":null,"data":{}}'])(
    "a body without a type is rejected: %s",
    (body) => {
      expect(refusedFields(body)).toEqual(["type"]);
    },
  );

  test.each(["message.received", "message.edited", "message.deleted", "message.receipt"])(
    "a %s event without data is rejected",
    (type) => {
      for (const data of [undefined, null, [], "text"])
        expect(parse(bodyOf(type, data))).toMatchObject({
          problems: [{ field: "data", message: expect.stringMatching(/^must be an object with /) as string }],
        });
    },
  );

  test.each(["", "{", "null", "[]", '"text"', "{}{}", "{'type':1}", "[".repeat(100_000)])(
    "a body that is not a JSON object is rejected: %.20s",
    (body) => {
      expect(refusedFields(body)).toEqual(["(body)"]);
    },
  );

  test.each([
    ["an overlong form", [0xc0, 0xaf]],
    ["a lone continuation", [0x80]],
    ["an encoded surrogate", [0xed, 0xa0, 0x80]],
    ["Latin-1", [0xe9]],
  ])("a body that is not UTF-8 is rejected: %s", (_what, bytes) => {
    const [head, tail] = message({ from: "a", text: "#" }).split("#");
    const body = Buffer.concat([Buffer.from(head ?? ""), Buffer.from(bytes), Buffer.from(tail ?? "")]);
    expect(parse(body)).toMatchObject({
      ok: false,
      problems: [{ message: expect.stringContaining("UTF-8") as string }],
    });
  });

  test("does not take an id that no key can hold", () => {
    const body = message({ from: "a", text: "b" });
    expect(parse(body, { "webhook-id": "x".repeat(256) }).ok).toBe(true);
    expect(parse(body, { "webhook-id": "x".repeat(257) })).toMatchObject({
      problems: [{ field: "webhook-id" }],
    });
  });

  test("does not show the contact's text", () => {
    const parsed = parse(message({ from: "x".repeat(300), text: 7, sent_at: "secret-value" }));
    expect(JSON.stringify(parsed)).not.toMatch(/xxx|secret-value/);
  });
});

test("is acknowledged with 202 and JSON", () => {
  expect(webhook.acknowledgement).toEqual({
    status: 202,
    contentType: "application/json",
    body: '{"accepted":true}',
  });
});

test("a webhook message needs no quiet window", () => {
  expect(webhook.quietWindowMs).toBe(0);
});
