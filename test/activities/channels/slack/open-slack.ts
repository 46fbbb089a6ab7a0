import { onTestFinished } from "vitest";
import { createSlackChannel } from "../../../../activities/channels/slack.ts";
import { createSlackFake } from "../../../../infra/sandbox/fakes/slack/slack-fake.ts";
import { egressTo, NOW, sampleAccount, samplePart } from "../../../support/channels/samples.ts";

export const TOKEN = "xoxb-1-secret-part";
export const CONTACT = "U0ADA";
export const CHANNEL = "C0CLUB";
export const ROOT = "1767340000.000200";
export const ACCOUNT = sampleAccount({
  channel: "slack",
  address: "U0PARLEYBOT",
  externalId: "T0GARDEN",
  secrets: { inbound: [], outbound: [TOKEN] },
});
/** In a thread of a channel; the fake stamps posts by its own clock, so the first attempt is now. */
export const PART = samplePart({ to: CONTACT, thread: `${CHANNEL}:${ROOT}`, firstAttemptAt: new Date() });
export const signal = new AbortController().signal;

export const channelAt = (baseUrl: string, timeoutMs = 2_000) =>
  createSlackChannel({ egress: egressTo(baseUrl, timeoutMs), baseUrl, now: () => NOW, random: () => 0 });

/** The fake and the channel that talks to it; both end with the test. */
export async function openSlack() {
  const fake = createSlackFake({ botToken: TOKEN });
  const url = await fake.listen(0);
  onTestFinished(async () => await fake.close());
  return {
    fake,
    url,
    channel: channelAt(`${url}/api`),
    calls: () => fake.log.entries().map(({ method, path, query, body }) => ({ method, path, query, body })),
    async mark(name: string, to: string) {
      await fetch(`${url}/__control/${name}`, { method: "POST", body: JSON.stringify({ to }) });
    },
    async shown() {
      const answer = await fetch(`${url}/__control/messages`);
      return ((await answer.json()) as { messages: { id: string; to: string; text: string }[] }).messages;
    },
  };
}
