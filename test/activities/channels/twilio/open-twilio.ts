import type { ServerResponse } from "node:http";
import { createTwilioSmsChannel } from "../../../../activities/channels/twilio-sms.ts";
import type { TwilioOptions } from "../../../../activities/channels/twilio/twilio-messages.ts";
import { egressTo, NOW, sampleAccount, samplePart } from "../../../support/channels/samples.ts";
import { openHttpPeer, type PeerRequest } from "../../../support/http-peer.ts";

export { NOW };

export const SID = `AC${"a".repeat(32)}`;
export const ACCOUNT = sampleAccount({
  channel: "twilio-sms",
  externalId: SID,
  secrets: { inbound: [], outbound: ["auth-token"] },
});
export const PART = samplePart();
export const signal = new AbortController().signal;

export type FakeResponse = (response: ServerResponse, request: PeerRequest) => void;

export const optionsFor = (baseUrl: string, timeoutMs = 2_000): TwilioOptions => ({
  egress: egressTo(baseUrl, timeoutMs),
  baseUrl,
  now: () => NOW,
});

export async function openTwilio(answer: FakeResponse, timeoutMs = 2_000) {
  const peer = await openHttpPeer(answer);
  return { peer, channel: createTwilioSmsChannel(optionsFor(peer.url, timeoutMs)) };
}

export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): FakeResponse =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };
