import { describe, expect, test } from "vitest";
import type { ChannelAccount } from "../../../db/channel-account.ts";
import { inboundChannels } from "../../../api/channels/registry.ts";
import { signStandardWebhook } from "../../../infra/runtime/standard-webhooks.ts";

const { webhook } = inboundChannels;
const [CURRENT, PREVIOUS] = [secretOf(1), secretOf(2)];
const RECEIVED = new Date("2026-01-01T00:00:00Z");
const ACCOUNT: ChannelAccount = {
  tenantId: "acme",
  accountId: "main",
  channel: "webhook",
  sender: "https://acme.example/replies",
  externalId: null,
  secrets: { inbound: [CURRENT, PREVIOUS], outbound: [CURRENT] },
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

const parse = (body: string | Buffer, headers = {}) => webhook.parse(requestOf(body, headers), ACCOUNT);
const message = (data: object) =>
  JSON.stringify({ type: "message.received", timestamp: "2026-01-01T00:00:00Z", data });

function fieldsOf(body: string | Buffer): string[] {
  const parsed = parse(body);
  return parsed.ok ? [] : parsed.problems.map(({ field }) => field);
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

  test("is judged by the moment of receipt", () => {
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
      messages: [
        {
          providerMessageId: "msg_1",
          from: "visitor-7",
          text: "Where is my order?",
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
    expect(parse(body)).toMatchObject({ ok: true, messages: [{ providerTime: null }] });
  });

  test("keeps its text byte for byte, but for half a surrogate pair", () => {
    const text = "  Naïve\u0000 ✓ 👩‍👩‍👧 \u202e ﷽ \n";
    expect(parse(message({ from: "a", text }))).toMatchObject({ messages: [{ text }] });
    const broken = '{"type":"message.received","data":{"from":"a","text":"x\\ud800y"}}';
    expect(parse(broken)).toMatchObject({ messages: [{ text: "x\ufffdy" }] });
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
    [{ from: "a" }, "data.text"],
    [{ from: "a", text: "" }, "data.text"],
    [{ from: "a", text: " \n\t\u00a0" }, "data.text"],
    [{ from: "a", text: ["b"] }, "data.text"],
    [{ from: "a", text: "b", sent_at: "yesterday" }, "data.sent_at"],
    [{ from: "a", text: "b", sent_at: 1_767_225_600 }, "data.sent_at"],
    [{ from: "a", text: "b", sent_at: "2026-02-30T00:00:00Z" }, "data.sent_at"],
    [{ from: "a", text: "b", sent_at: "0000-01-01T00:00:00Z" }, "data.sent_at"],
  ])("%j has its problem at %s", (data, field) => {
    expect(fieldsOf(message(data))).toEqual([field]);
  });

  test("names every field that is wrong, with the rule", () => {
    expect(parse('{"type":"message.sent","data":{"text":""}}')).toEqual({
      ok: false,
      problems: [
        { field: "type", message: 'must be "message.received"' },
        {
          field: "data.from",
          message: "must be the person's id on your side, a text of 1 to 256 characters",
        },
        { field: "data.text", message: "must hold more than white space" },
      ],
    });
  });

  test.each(["", "{", "null", "[]", '"text"', "{}{}", "{'type':1}", "[".repeat(100_000)])(
    "is not an object of JSON: %.20s",
    (body) => {
      expect(fieldsOf(body)).toEqual(["(body)"]);
    },
  );

  test.each([
    ["an overlong form", [0xc0, 0xaf]],
    ["a lone continuation", [0x80]],
    ["an encoded surrogate", [0xed, 0xa0, 0x80]],
    ["Latin-1", [0xe9]],
  ])("is not UTF-8: %s", (_what, bytes) => {
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

  test("does not show what the person wrote", () => {
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
