import { createLineChannel } from "../../../../activities/channels/line.ts";
import { line } from "../../../../api/channels/line.ts";
import { createLineFake } from "../../../../infra/sandbox/fakes/line/line-fake.ts";
import { lineSignature } from "../../../support/channels/vendor-signature.ts";
import type { ChannelKit, VendorEvent } from "../channel-kit.ts";
import { kitAccount, kitRequest } from "./kit-samples.ts";
import { openVendorFake } from "./open-vendor-fake.ts";

const BOT = `U${"b".repeat(32)}`;
const CONTACT = `U${"c".repeat(32)}`;
const TOKEN = "kit-access-token";
/** A redelivery repeats the event's own time. */
const TIMESTAMP = 1_767_348_000_000;

/** LINE's Messaging API. */
export const lineKit: ChannelKit = {
  name: "line",
  inbound: line,
  createOutbound: createLineChannel,
  accountAt: () => kitAccount({ channel: "line", address: BOT, externalId: BOT, outbound: TOKEN }),
  secrets: {
    current: "channel-secret",
    previous: "channel-secret-before",
    foreign: "channel-secret-of-another",
  },
  contactAddress: CONTACT,
  requestOf: (happenings, signing) =>
    kitRequest("line", lineSignature, {
      ...signing,
      body: JSON.stringify({ destination: BOT, events: happenings.map(eventOf) }),
    }),
  signature: {
    headers: ["x-line-signature"],
    covers: {
      body: true,
      time: "LINE signs no time: the dedupe key is what stops a replay.",
      url: "LINE signs no URL.",
    },
  },
  changes: ["delete"],
  receiptStatuses: [],
  openVendorFake: async () =>
    await openVendorFake<{ id: string; text: string }>(createLineFake({ accessToken: TOKEN }), {
      formatSent: ({ id, text }) => ({ providerId: id, text }),
    }),
  errors: [
    {
      when: "too many calls",
      fault: { status: 429, headers: { "retry-after": "4" } },
      expectedClass: "throttle",
      waitMs: 4_000,
    },
    refusal(429, "You have reached your monthly limit.", "config"),
    { when: "LINE is broken", fault: { status: 500 }, expectedClass: "retry" },
    { when: "a gateway is broken", fault: { status: 502, body: "<html>" }, expectedClass: "retry" },
    { when: "the token was revoked", fault: { status: 401 }, expectedClass: "config" },
    refusal(403, "Access to this API is not available for your account", "config"),
    refusal(400, "The property, 'to', in the request body is invalid (line: -, column: -)", "permanent"),
    { when: "the response is a page of a portal", fault: { garbage: true }, expectedClass: "unknown" },
    { when: "the response has no id", fault: { status: 200, body: "{}" }, expectedClass: "unknown" },
  ],
  notOffered: {
    receipts: "LINE reports to no bot whether a message was delivered or read.",
    reconcile: "LINE drops a repeated X-Line-Retry-Key, so a send is repeated and not looked up.",
    window: "LINE has no reply window: a contact who follows the bot may be written to at any time.",
  },
};

function eventOf(happening: VendorEvent): object {
  const event = { mode: "active", timestamp: TIMESTAMP, source: { type: "user", userId: CONTACT } };
  switch (happening.kind) {
    case "message": {
      const message = { id: `45${happening.number}`, type: "text", text: happening.text };
      return { ...event, type: "message", message };
    }
    case "delete":
      return { ...event, type: "unsend", unsend: { messageId: `45${happening.number}` } };
    case "broken":
      return { ...event, type: "message", message: { type: "text", text: "no id" } };
    default:
      throw new Error("LINE reports messages and unsent messages.");
  }
}

function refusal(
  status: number,
  message: string,
  expectedClass: ChannelKit["errors"][number]["expectedClass"],
): ChannelKit["errors"][number] {
  return { when: message, fault: { status, body: JSON.stringify({ message }) }, expectedClass };
}
