import type { ServerResponse } from "node:http";
import { onTestFinished } from "vitest";
import type { OutboundChannel, OutboundOptions } from "../../../../activities/channels/channel.ts";
import { createInstagramChannel } from "../../../../activities/channels/instagram.ts";
import { createMessengerChannel } from "../../../../activities/channels/messenger.ts";
import { createMessengerFake } from "../../../../infra/sandbox/fakes/messenger/messenger-fake.ts";
import { egressTo, NOW, sampleAccount, samplePart } from "../../../support/channels/samples.ts";
import { openHttpPeer } from "../../../support/http-peer.ts";

export const PAGE = "104400000000001";
export const CONTACT = "6200000000000001";
export const TOKEN = "page-token";
export const ACCOUNT = sampleAccount({
  channel: "messenger",
  address: "770000000000001",
  externalId: PAGE,
  secrets: { inbound: ["app-secret"], outbound: [TOKEN] },
});
export const PART = samplePart({ to: CONTACT });
export const signal = new AbortController().signal;

export const optionsFor = (baseUrl: string): OutboundOptions => ({
  egress: egressTo(baseUrl),
  baseUrl,
  now: () => NOW,
  random: () => 0.5,
});

/** Both products on one fake; it ends with the test. */
export async function openMessaging() {
  const fake = createMessengerFake({ accessToken: TOKEN });
  const url = await fake.listen(0);
  onTestFinished(async () => await fake.close());
  const controlFake = async (method: "POST" | "DELETE", mark: string) => {
    await fetch(`${url}/__control/${mark}`, { method, body: JSON.stringify({ to: CONTACT }) });
  };
  return {
    fake,
    messenger: createMessengerChannel(optionsFor(url)),
    instagram: createInstagramChannel(optionsFor(`${url}/graph.instagram.com`)),
    mark: async (mark: string) => await controlFake("POST", mark),
    unmark: async (mark: string) => await controlFake("DELETE", mark),
    shown: async () => await (await fetch(`${url}/__control/messages`)).json(),
  };
}

/** One send to a peer that answers as the test says. */
export async function sendToPeer(answer: (response: ServerResponse) => void, part = PART) {
  const peer = await openHttpPeer(answer);
  const channel: OutboundChannel = createMessengerChannel(optionsFor(peer.url));
  return { outcome: await channel.send(part, ACCOUNT, signal), requests: peer.requests };
}

export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };
