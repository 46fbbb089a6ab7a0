import type { ServerResponse } from "node:http";
import { onTestFinished } from "vitest";
import { createWhatsappChannel } from "../../../activities/channels/whatsapp.ts";
import { createWhatsappStandIn } from "../../../infra/dev/stand-ins/whatsapp/whatsapp-stand-in.ts";
import { egressTo, NOW, sampleAccount, samplePart } from "../../support/channels/samples.ts";
import { openHttpPeer } from "../../support/http-peer.ts";

export const NUMBER = "106540352242922";
export const PERSON = "15550100200";
export const USER_ID = "US.13491208655302741918";
export const TOKEN = "system-user-token";
export const ACCOUNT = sampleAccount({
  channel: "whatsapp",
  sender: "15550783881",
  externalId: NUMBER,
  secrets: { inbound: ["app-secret"], outbound: [TOKEN] },
});
export const PART = samplePart({ to: PERSON });
export const signal = new AbortController().signal;

export const channelAt = (baseUrl: string) =>
  createWhatsappChannel({ egress: egressTo(baseUrl), baseUrl, now: () => NOW, random: () => 0.5 });

/** The channel on a stand-in of its own; it ends with the test. */
export async function openWhatsapp() {
  const standIn = createWhatsappStandIn({ accessToken: TOKEN });
  const url = await standIn.listen(0);
  onTestFinished(async () => await standIn.close());
  return {
    standIn,
    whatsapp: channelAt(url),
    mark: async (mark: string, to = PERSON) => {
      await fetch(`${url}/__control/${mark}`, { method: "POST", body: JSON.stringify({ to }) });
    },
    shown: async () => await (await fetch(`${url}/__control/messages`)).json(),
  };
}

/** One send to a peer that answers as the test says. */
export async function sendToPeer(answer: (response: ServerResponse) => void) {
  const peer = await openHttpPeer(answer);
  return { outcome: await channelAt(peer.url).send(PART, ACCOUNT, signal), requests: peer.requests };
}

export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };
