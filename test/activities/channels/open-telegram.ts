import { onTestFinished } from "vitest";
import { createTelegramChannel } from "../../../activities/channels/telegram.ts";
import { createTelegramStandIn } from "../../../infra/dev/stand-ins/telegram/telegram-stand-in.ts";
import { egressTo, NOW, sampleAccount, samplePart } from "../../support/channels/samples.ts";

export const TOKEN = "7000000001:AAE_secret-part-of-the-token";
export const ACCOUNT = sampleAccount({
  channel: "telegram",
  sender: "7000000001",
  externalId: "7000000001",
  secrets: { inbound: [], outbound: [TOKEN] },
});
export const PART = samplePart({ to: "6100200300", inReplyTo: ["6100200300:40", "6100200300:41"] });
export const signal = new AbortController().signal;

export const channelAt = (baseUrl: string) =>
  createTelegramChannel({ egress: egressTo(baseUrl), baseUrl, now: () => NOW, random: () => 0 });

/** The stand-in and the channel that talks to it; both end with the test. */
export async function openTelegram() {
  const standIn = createTelegramStandIn({ botToken: TOKEN });
  const url = await standIn.listen(0);
  onTestFinished(async () => await standIn.close());
  const sent = () => standIn.log.entries().map(({ path, body }) => ({ path, body }));
  const mark = async (name: string, to: string) =>
    await fetch(`${url}/__control/${name}`, { method: "POST", body: JSON.stringify({ to }) });
  return { standIn, url, channel: channelAt(url), sent, mark };
}
