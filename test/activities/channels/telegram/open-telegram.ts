import { onTestFinished } from "vitest";
import { createTelegramChannel } from "../../../../activities/channels/telegram.ts";
import { createTelegramFake } from "../../../../infra/sandbox/fakes/telegram/telegram-fake.ts";
import { egressTo, NOW, sampleAccount, samplePart } from "../../../support/channels/samples.ts";

export const TOKEN = "7000000001:AAE_secret-part-of-the-token";
export const ACCOUNT = sampleAccount({
  channel: "telegram",
  address: "7000000001",
  externalId: "7000000001",
  secrets: { inbound: [], outbound: [TOKEN] },
});
export const PART = samplePart({ to: "6100200300", inReplyTo: ["6100200300:40", "6100200300:41"] });
export const signal = new AbortController().signal;

export const channelAt = (baseUrl: string) =>
  createTelegramChannel({ egress: egressTo(baseUrl), baseUrl, now: () => NOW, random: () => 0 });

/** The fake and the channel that talks to it; both end with the test. */
export async function openTelegram() {
  const fake = createTelegramFake({ botToken: TOKEN });
  const url = await fake.listen(0);
  onTestFinished(async () => await fake.close());
  const readSent = () => fake.log.entries().map(({ path, body }) => ({ path, body }));
  const setMark = async (name: string, to: string) =>
    await fetch(`${url}/__control/${name}`, { method: "POST", body: JSON.stringify({ to }) });
  return { fake, url, channel: channelAt(url), readSent, setMark };
}
