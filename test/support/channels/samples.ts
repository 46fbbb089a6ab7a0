import { onTestFinished } from "vitest";
import type { LostPart, ReplyPart } from "../../../activities/channels/channel.ts";
import type { InboundRequest } from "../../../api/channels/channel.ts";
import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import { createEgressGuard } from "../../../infra/runtime/network/egress-guard.ts";

export const NOW = new Date("2026-01-02T10:00:10Z");

export function sampleAccount(
  fields: Partial<ChannelAccount> & Pick<ChannelAccount, "channel">,
): ChannelAccount {
  return {
    tenantId: "acme",
    accountId: "main",
    address: "+15005550001",
    externalId: null,
    secrets: { inbound: ["inbound-secret"], outbound: ["outbound-secret"] },
    settings: {},
    ...fields,
  };
}

export function samplePart(fields: Partial<ReplyPart> = {}): ReplyPart {
  return {
    deliveryId: "6a1c7bb0-6a5e-4d59-9a37-0f6a52b7c9d1",
    conversationId: "0c0f8f3e-54b5-4b8c-9a39-3a5f9b8f8a10",
    to: "+15005550006",
    thread: "",
    text: "Your order & receipt ✓",
    marks: [],
    part: 1,
    parts: 1,
    inReplyTo: ["in-1"],
    sources: [],
    firstAttemptAt: new Date("2026-01-02T10:00:00.900Z"),
    author: "assistant",
    ...fields,
  };
}

/** A part with a lost response, long enough after its attempt for a proof of absence. */
export function toLostPart(part: ReplyPart, fields: Partial<LostPart> = {}): LostPart {
  return { ...part, sinceAttemptMs: 60_000, findOtherParts: async () => new Set(), ...fields };
}

export function sampleRequest(fields: Partial<InboundRequest> = {}): InboundRequest {
  return {
    url: "https://parley.example/webhooks/sample/main",
    headers: {},
    rawBody: Buffer.from("{}"),
    receivedAt: NOW,
    ...fields,
  };
}

/** An egress guard that allows only this peer. The end of the test closes it. */
export function egressTo(url: string, timeoutMs = 2_000) {
  const egress = createEgressGuard({ allowHttp: true, allowedHosts: [new URL(url).host], timeoutMs });
  onTestFinished(async () => await egress.close());
  return egress;
}
