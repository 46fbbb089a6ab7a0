import { createTelegramChannel } from "../../../../activities/channels/telegram.ts";
import { telegram } from "../../../../api/channels/telegram.ts";
import { createTelegramFake } from "../../../../infra/sandbox/fakes/telegram/telegram-fake.ts";
import { telegramSignature } from "../../../support/channels/vendor-signature.ts";
import type { ChannelKit, VendorEvent } from "../channel-kit.ts";
import { kitAccount, kitRequest } from "./kit-samples.ts";
import { openVendorFake } from "./open-vendor-fake.ts";

const BOT = "7000000001";
const TOKEN = `${BOT}:AAE_secret-part-of-the-token`;
const CONTACT = 6_100_200_300;
/** 2026-01-02: that a redelivery repeats the message's own time is part of what is checked. */
const DATE = 1_767_348_000;

/** Telegram's Bot API. */
export const telegramKit: ChannelKit = {
  name: "telegram",
  inbound: telegram,
  createOutbound: createTelegramChannel,
  accountAt: () => kitAccount({ channel: "telegram", address: BOT, externalId: BOT, outbound: TOKEN }),
  secrets: { current: "secret-token", previous: "secret-token-before", foreign: "secret-token-of-another" },
  contactAddress: String(CONTACT),
  requestOf: ([happening], signing) =>
    kitRequest("telegram", telegramSignature, { ...signing, body: JSON.stringify(updateOf(happening)) }),
  signature: {
    headers: ["x-telegram-bot-api-secret-token"],
    covers: {
      body: "Telegram signs nothing of the body: a secret token is shown, and TLS guards the rest.",
      time: "Telegram signs no time: the dedupe key is what stops a replay.",
      url: "Telegram signs no URL.",
    },
  },
  changes: ["edit"],
  receiptStatuses: [],
  openVendorFake: async () =>
    await openVendorFake<{ id: string; text: string }>(createTelegramFake({ botToken: TOKEN }), {
      formatSent: ({ id, text }) => ({ providerId: id, text }),
    }),
  errors: [
    refusal(429, "Too Many Requests: retry after 5", "throttle", { parameters: { retry_after: 5 } }),
    { when: "Telegram is broken", fault: { status: 500 }, expectedClass: "retry" },
    { when: "a gateway is broken", fault: { status: 502, body: "<html>" }, expectedClass: "retry" },
    refusal(401, "Unauthorized", "config"),
    refusal(403, "Forbidden: bot was blocked by the user", "optout"),
    refusal(403, "Forbidden: user is deactivated", "permanent"),
    refusal(400, "Bad Request: chat not found", "permanent"),
    { when: "the response is a page of a portal", fault: { garbage: true }, expectedClass: "unknown" },
    {
      when: "the answer has no id",
      fault: { status: 200, body: '{"ok":true,"result":{}}' },
      expectedClass: "unknown",
    },
  ],
  notOffered: {
    batch: "Telegram posts one update per request.",
    receipts: "Telegram reports to no bot whether a message was delivered or read.",
    idempotent_send: "The Bot API takes no key of ours with a message.",
    reconcile: "A bot cannot read what it has sent.",
    window: "Telegram has no reply window: who wrote once may be answered at any time.",
  },
};

function updateOf(happening: VendorEvent | undefined): object {
  if (happening?.kind !== "message" && happening?.kind !== "edit")
    throw new Error("Telegram reports messages and edits, one at a time.");
  const { kind, number, text } = happening;
  const contact = { id: CONTACT, is_bot: false, first_name: "Ada" };
  const chat = { id: CONTACT, type: "private", first_name: "Ada" };
  const message = { message_id: number, date: DATE, from: contact, chat, text };
  if (kind === "message") return { update_id: 900 + number, message };
  return { update_id: 900 + number, edited_message: { ...message, edit_date: DATE + 60 } };
}

function refusal(
  status: number,
  description: string,
  expectedClass: ChannelKit["errors"][number]["expectedClass"],
  more: object = {},
): ChannelKit["errors"][number] {
  const body = JSON.stringify({ ok: false, error_code: status, description, ...more });
  const wait = status === 429 ? { waitMs: 5_000 } : {};
  return { when: description, fault: { status, body }, expectedClass, ...wait };
}
