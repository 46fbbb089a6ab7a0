import { createSlackChannel } from "../../../../activities/channels/slack.ts";
import { slack } from "../../../../api/channels/slack.ts";
import { createSlackFake } from "../../../../infra/sandbox/fakes/slack/slack-fake.ts";
import { slackSignature } from "../../../support/channels/vendor-signature.ts";
import type { ChannelKit, VendorEvent } from "../channel-kit.ts";
import { kitAccount, kitRequest } from "./kit-samples.ts";
import { openVendorFake } from "./open-vendor-fake.ts";

const TEAM = "T0GARDEN";
const BOT = "U0PARLEYBOT";
const CONTACT = "U0ADA";
const CHANNEL = "D0ADA";
const TOKEN = "xoxb-kit-token";

/** Slack's Events API, and its Web API for the way out. */
export const slackKit: ChannelKit = {
  name: "slack",
  inbound: slack,
  createOutbound: createSlackChannel,
  accountAt: () => kitAccount({ channel: "slack", address: BOT, externalId: TEAM, outbound: TOKEN }),
  secrets: { current: "signing-now", previous: "signing-before", foreign: "signing-of-another" },
  contactAddress: CONTACT,
  requestOf: ([happening], signing) =>
    kitRequest("slack", slackSignature, { ...signing, body: JSON.stringify(bodyOf(happening)) }),
  signature: {
    headers: ["x-slack-signature", "x-slack-request-timestamp"],
    covers: { body: true, time: true, url: "Slack signs no URL." },
  },
  changes: ["edit", "delete"],
  receiptStatuses: [],
  openVendorFake: async () =>
    await openVendorFake<{ id: string; text: string }>(createSlackFake({ botToken: TOKEN }), {
      formatSent: ({ id, text }) => ({ providerId: id, text }),
      path: "/api",
    }),
  errors: [
    {
      when: "too many calls",
      fault: { status: 429, headers: { "retry-after": "3" } },
      expectedClass: "throttle",
      waitMs: 3_000,
    },
    { when: "Slack is broken", fault: { status: 500 }, expectedClass: "retry" },
    { when: "Slack is unavailable", fault: { status: 503, body: "<html>" }, expectedClass: "retry" },
    refusal("service_unavailable", "retry"),
    refusal("ratelimited", "throttle"),
    refusal("internal_error", "unknown"),
    refusal("fatal_error", "unknown"),
    refusal("invalid_auth", "config"),
    refusal("not_in_channel", "config"),
    refusal("channel_not_found", "permanent"),
    refusal("a_word_of_tomorrow", "permanent"),
    { when: "the response is a page of a portal", fault: { garbage: true }, expectedClass: "unknown" },
    { when: "the answer has no id", fault: { status: 200, body: '{"ok":true}' }, expectedClass: "unknown" },
  ],
  notOffered: {
    batch: "Slack posts one event per request.",
    receipts: "Slack reports to no app whether a message was delivered or read.",
    idempotent_send:
      "chat.postMessage takes no key of ours; a post bears our id, and the channel is asked for it instead.",
    window: "Slack has no reply window: who wrote may be answered at any time.",
    typing:
      "Slack has no typing sign for bots, only the status line of a registered assistant's own threads.",
  },
};

function bodyOf(happening: VendorEvent | undefined): object {
  return {
    type: "event_callback",
    team_id: TEAM,
    event_id: "Ev01",
    event: { type: "message", channel: CHANNEL, channel_type: "im", ...eventOf(happening) },
  };
}

function eventOf(happening: VendorEvent | undefined): object {
  if (happening?.kind === "receipt" || happening?.kind === "broken" || happening === undefined)
    throw new Error("Slack reports messages, edits and deletions, one at a time.");
  const said = { type: "message", user: CONTACT, ts: stamp(happening.number) };
  if (happening.kind === "message") return { ...said, text: happening.text };
  const change = { ts: stamp(happening.number + 60), hidden: true };
  const before = { ...said, text: "before" };
  if (happening.kind === "delete")
    return { subtype: "message_deleted", ...change, deleted_ts: said.ts, previous_message: before };
  const message = { ...said, text: happening.text, edited: { user: CONTACT, ts: change.ts } };
  return { subtype: "message_changed", ...change, message, previous_message: before };
}

/** From 2026-01-02 on: that a redelivery repeats the message's own time is part of what is checked. */
function stamp(number: number): string {
  return `${1_767_348_000 + number}.000100`;
}

function refusal(
  error: string,
  expectedClass: ChannelKit["errors"][number]["expectedClass"],
): ChannelKit["errors"][number] {
  return { when: error, fault: { status: 200, body: JSON.stringify({ ok: false, error }) }, expectedClass };
}
