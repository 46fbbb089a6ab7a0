import type { ServerResponse } from "node:http";
import { onTestFinished } from "vitest";
import type { OutboundPart } from "../../../activities/channels/channel.ts";
import { createTwilioSmsChannel } from "../../../activities/channels/twilio-sms.ts";
import type { ChannelAccount } from "../../../db/channel-account.ts";
import { createEgressGuard } from "../../../infra/runtime/egress-guard.ts";
import { openHttpPeer, type PeerRequest } from "../../support/http-peer.ts";

export const SID = `AC${"a".repeat(32)}`;
export const ACCOUNT: ChannelAccount = {
  tenantId: "acme",
  accountId: "main",
  channel: "twilio-sms",
  sender: "+15005550001",
  externalId: SID,
  secrets: { inbound: [], outbound: ["auth-token"] },
};
export const PART: OutboundPart = {
  deliveryId: "d-1",
  conversationId: "c-1",
  to: "+15005550006",
  text: "Your order & receipt ✓",
  part: 1,
  parts: 1,
  inReplyTo: ["SM1"],
  sources: [],
  firstAttemptAt: new Date("2026-01-02T10:00:00.900Z"),
};
export const NOW = new Date("2026-01-02T10:00:10Z");
export const signal = new AbortController().signal;

export type Answer = (response: ServerResponse, request: PeerRequest) => void;

export async function openTwilio(answer: Answer, timeoutMs = 2_000) {
  const peer = await openHttpPeer(answer);
  const egress = createEgressGuard({ allowHttp: true, allowedHosts: [peer.host], timeoutMs });
  onTestFinished(async () => await egress.close());
  return { peer, channel: createTwilioSmsChannel({ egress, baseUrl: peer.url, now: () => NOW }) };
}

export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };
