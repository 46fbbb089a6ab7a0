import type { ServerResponse } from "node:http";
import { onTestFinished } from "vitest";
import { createWhatsappChannel } from "../../../../activities/channels/whatsapp.ts";
import { createWhatsappFake } from "../../../../infra/sandbox/fakes/whatsapp/whatsapp-fake.ts";
import { egressTo, NOW, sampleAccount, samplePart } from "../../../support/channels/samples.ts";
import { openHttpPeer } from "../../../support/http-peer.ts";

export const NUMBER = "106540352242922";
export const CONTACT = "15550100200";
export const USER_ID = "US.13491208655302741918";
export const TOKEN = "system-user-token";
export const ACCOUNT = sampleAccount({
  channel: "whatsapp",
  address: "15550783881",
  externalId: NUMBER,
  secrets: { inbound: ["app-secret"], outbound: [TOKEN] },
});
export const PART = samplePart({ to: CONTACT });
export const signal = new AbortController().signal;

export const channelAt = (baseUrl: string) =>
  createWhatsappChannel({ egress: egressTo(baseUrl), baseUrl, now: () => NOW, random: () => 0.5 });

/** The channel on a fake of its own; it ends with the test. */
export async function openWhatsapp() {
  const fake = createWhatsappFake({ accessToken: TOKEN });
  const url = await fake.listen(0);
  onTestFinished(async () => await fake.close());
  return {
    fake,
    whatsapp: channelAt(url),
    mark: async (mark: string, to = CONTACT) => {
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
