import type { ServerResponse } from "node:http";
import { Webhook } from "standardwebhooks";
import { describe, expect, onTestFinished, test } from "vitest";
import { WEBHOOK_REPLY } from "../../../../infra/channels/vendors/webhook-reply.ts";
import { createWebhookChannel } from "../../../../activities/channels/webhook.ts";
import { createEgressGuard } from "../../../../infra/runtime/network/egress-guard.ts";
import { verifyStandardWebhook } from "../../../../infra/runtime/signatures/standard-webhooks.ts";
import { sampleAccount, samplePart } from "../../../support/channels/samples.ts";
import { openHttpPeer } from "../../../support/http-peer.ts";

const [CURRENT, PREVIOUS] = [1, 2].map((byte) => `whsec_${Buffer.alloc(32, byte).toString("base64")}`) as [
  string,
  string,
];
const PART = samplePart({
  deliveryId: "0b8e4f1c-0000-4000-8000-000000000001",
  conversationId: "0c0f8f3e-54b5-4b8c-9a39-3a5f9b8f8a10",
  to: "visitor-7",
  text: "Your order ✓ is on its way.",
  part: 1,
  parts: 2,
  inReplyTo: ["msg_1", "msg_2"],
  sources: ["Shipping"],
  firstAttemptAt: new Date("2026-01-01T00:00:00.123Z"),
});

/** RFC 8032, section 7.1, test 1. */
const PRIVATE_KEY = `whsk_${Buffer.from("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "hex").toString("base64")}`;
const PUBLIC_KEY = `whpk_${Buffer.from("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "hex").toString("base64")}`;

/** The reference package knows no clock but the machine's. */
let clock = new Date();
const signal = new AbortController().signal;

async function openChannel(
  answer: (response: ServerResponse) => void,
  options: { address?: string; timeoutMs?: number; secrets?: string[] } = {},
) {
  const peer = await openHttpPeer(answer);
  const { timeoutMs = 2_000 } = options;
  const egress = createEgressGuard({ allowHttp: true, allowedHosts: [peer.host], timeoutMs });
  onTestFinished(async () => await egress.close());
  const channel = createWebhookChannel({ egress, now: () => clock, random: () => 0 });
  const account = sampleAccount({
    channel: "webhook",
    address: options.address ?? `${peer.url}/replies`,
    secrets: { inbound: [], outbound: options.secrets ?? [CURRENT, PREVIOUS] },
  });
  return { peer, send: async (part = PART) => await channel.send(part, account, signal) };
}

const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) => {
    response.writeHead(code, headers).end();
  };

describe("a delivery", () => {
  test("carries the reply and its place in the conversation", async () => {
    const { peer, send } = await openChannel(status(200));
    expect(await send()).toEqual({ kind: "accepted", providerId: PART.deliveryId });
    const [request] = peer.requests;
    expect(request).toMatchObject({
      method: "POST",
      path: "/replies",
      headers: { "content-type": "application/json" },
    });
    // As the OpenAPI document describes it.
    expect(WEBHOOK_REPLY.parse(JSON.parse(request?.body ?? ""))).toEqual({
      type: "message.reply",
      timestamp: "2026-01-01T00:00:00.123Z",
      data: {
        conversation_id: "0c0f8f3e-54b5-4b8c-9a39-3a5f9b8f8a10",
        to: "visitor-7",
        author: "assistant",
        text: "Your order ✓ is on its way.",
        part: 1,
        parts: 2,
        in_reply_to: ["msg_1", "msg_2"],
        sources: ["Shipping"],
      },
    });
  });

  test("says which of several conversations it is for, and who speaks", async () => {
    const { peer, send } = await openChannel(status(200));
    await send({ ...PART, thread: "order-7", author: "agent" });
    expect(JSON.parse(peer.requests[0]?.body ?? "")).toMatchObject({
      data: { thread: "order-7", author: "agent" },
    });
  });

  test("is signed by each secret, whichever scheme it is for", async () => {
    clock = new Date();
    const { peer, send } = await openChannel(status(200), { secrets: [PRIVATE_KEY, CURRENT] });
    await send();
    const [request] = peer.requests;
    const headers = request?.headers ?? {};
    const rawBody = Buffer.from(request?.body ?? "");
    for (const secret of [PUBLIC_KEY, CURRENT])
      expect(verifyStandardWebhook({ headers, rawBody, secrets: [secret], now: clock }).ok).toBe(true);
    expect(new Webhook(CURRENT).verify(request?.body ?? "", headers as Record<string, string>)).toBeTruthy();
    expect(JSON.stringify(headers)).not.toContain(PRIVATE_KEY.slice(5, 40));
  });

  test("is verified by the reference package, with the current and with the previous secret", async () => {
    clock = new Date();
    const { peer, send } = await openChannel(status(204));
    await send();
    const [request] = peer.requests;
    for (const secret of [CURRENT, PREVIOUS]) {
      const headers = request?.headers as Record<string, string>;
      expect(new Webhook(secret).verify(request?.body ?? "", headers)).toMatchObject({
        type: "message.reply",
      });
    }
  });

  test("has the same id and bytes on every attempt, and a fresh time and signature", async () => {
    const { peer, send } = await openChannel(status(500));
    clock = new Date("2026-01-01T00:00:00Z");
    await send();
    clock = new Date("2026-01-01T00:05:00Z");
    await send();
    const [first, second] = peer.requests;
    expect(second?.body).toBe(first?.body);
    expect([first, second].map((request) => request?.headers["webhook-id"])).toEqual([
      PART.deliveryId,
      PART.deliveryId,
    ]);
    expect([first, second].map((request) => request?.headers["webhook-timestamp"])).toEqual([
      "1767225600",
      "1767225900",
    ]);
    expect(second?.headers["webhook-signature"]).not.toBe(first?.headers["webhook-signature"]);
  });
});

describe("the receiver's answer", () => {
  test.each([200, 201, 202, 204, 299])("a response with status %i accepts the delivery", async (code) => {
    expect(await (await openChannel(status(code))).send()).toMatchObject({ kind: "accepted" });
  });

  test.each([
    [301, "retry"],
    [307, "retry"],
    [400, "permanent"],
    [401, "config"],
    [403, "config"],
    [404, "permanent"],
    [408, "retry"],
    [410, "gone"],
    [413, "permanent"],
    [422, "permanent"],
    [425, "retry"],
    [429, "throttle"],
    [500, "retry"],
    [501, "retry"],
    [502, "throttle"],
    [503, "throttle"],
    [504, "throttle"],
    [599, "retry"],
  ])("a response with status %i is a refusal of the class %s", async (code, kind) => {
    const outcome = await (await openChannel(status(code, { location: "/elsewhere" }))).send();
    expect(outcome).toEqual({ kind: "refused", class: kind, code: `http_${code}`, retryAfterMs: null });
  });

  test.each([
    ["30", 30_000],
    ["Thu, 01 Jan 2026 00:01:00 GMT", 60_000],
    ["99999999", 86_400_000],
    ["-1", null],
    ["later", null],
  ])("a response may ask for a wait: %s", async (header, retryAfterMs) => {
    clock = new Date("2026-01-01T00:00:00Z");
    const outcome = await (await openChannel(status(503, { "retry-after": header }))).send();
    expect(outcome).toMatchObject({ class: "throttle", retryAfterMs });
  });

  test("a lost response makes the outcome unknown", async () => {
    expect(await (await openChannel((response) => response.destroy())).send()).toEqual({
      kind: "unknown",
      code: "response_lost",
    });
    expect(await (await openChannel(() => undefined, { timeoutMs: 200 })).send()).toMatchObject({
      kind: "unknown",
    });
  });
});

describe("a target that cannot be called", () => {
  test("a target that the egress guard refuses is a configuration error", async () => {
    for (const address of ["https://10.0.0.1/", "ftp://example.com/", "nonsense"]) {
      const { send } = await openChannel(status(200), { address });
      expect(await send()).toMatchObject({ kind: "refused", class: "config", retryAfterMs: null });
    }
  });

  test("a send is retried when the target does not listen, because nothing was sent", async () => {
    // Port 9 is "discard", and nothing serves it here.
    const egress = createEgressGuard({ allowHttp: true, allowedHosts: ["127.0.0.1:9"] });
    onTestFinished(async () => await egress.close());
    const channel = createWebhookChannel({ egress, now: () => clock, random: () => 0 });
    const account = sampleAccount({
      channel: "webhook",
      address: "http://127.0.0.1:9/",
      secrets: { inbound: [], outbound: [CURRENT] },
    });
    expect(await channel.send(PART, account, signal)).toMatchObject({ kind: "refused", class: "retry" });
  });
});
