import type { InboundEvent, InboundChannel } from "../../api/channels/channel.ts";
import { instagram } from "../../api/channels/instagram.ts";
import { line } from "../../api/channels/line.ts";
import { messenger } from "../../api/channels/messenger.ts";
import { telegram } from "../../api/channels/telegram.ts";
import { twilioWhatsapp } from "../../api/channels/twilio-whatsapp.ts";
import type { RegisteredChannel } from "../../infra/channels/registry.ts";
import { eventsOf, fromContact } from "../api/channels/meta/messaging-samples.ts";
import {
  CHANNEL,
  DIRECT,
  eventOf as slackEvent,
  message,
  parseForm,
} from "../api/channels/slack/slack-samples.ts";
import {
  ACCOUNT as TWILIO,
  MESSAGE,
  parse as parseSms,
  requestOf,
} from "../api/channels/twilio/twilio-form.ts";
import { message as webhookMessage, parse as parseWebhook } from "../api/channels/webhook/webhook-body.ts";
import { eventOf as whatsappEvent } from "../api/channels/whatsapp/whatsapp-samples.ts";
import { NOW, sampleAccount, sampleRequest } from "../support/channels/samples.ts";

/** A place where a contact can write, as the vendor's body describes it. */
export interface Place {
  name: string;
  /** What the inbound half makes of the body. */
  event: InboundEvent | undefined;
  /** True where the contact alone reads the reply. */
  isDirect: boolean;
}

/** Every kind of place of each channel. A new channel does not compile without an entry. */
export const PLACES: Readonly<Record<RegisteredChannel, readonly Place[]>> = {
  "twilio-sms": [toContact("a text message", first(parseSms()))],
  "twilio-whatsapp": [
    toContact(
      "a chat",
      first(
        twilioWhatsapp.parse(
          requestOf({ ...MESSAGE, From: "whatsapp:+15005550006", To: "whatsapp:+15005550001" }),
          { ...TWILIO, channel: "twilio-whatsapp" },
        ),
      ),
    ),
  ],
  whatsapp: [
    toContact("a chat", whatsappEvent({})),
    inGroup(
      "a group",
      whatsappEvent({ group_id: "Y2FwaV9ncm91cDoxNzA1NTU1MDEzOToxMjAzNjM0MDQ2OTQyMzM4MjAZD" }),
    ),
  ],
  messenger: [toContact("a chat with the page", messaging(messenger))],
  instagram: [toContact("a chat with the account", messaging(instagram))],
  telegram: [
    toContact("a private chat", telegramText({ id: 700, type: "private" })),
    toContact("a topic of a private chat", telegramText({ id: 700, type: "private" }, inTopic())),
    inGroup("a group", telegramText({ id: -4001, type: "group" })),
    inGroup("a supergroup", telegramText({ id: -1007001, type: "supergroup" })),
    inGroup("a topic of a supergroup", telegramText({ id: -1007001, type: "supergroup" }, inTopic())),
  ],
  slack: [
    toContact("a direct message", slackEvent(message({ channel: DIRECT, channel_type: "im" }))),
    toContact(
      "a reply in a direct message",
      slackEvent(message({ channel: DIRECT, channel_type: "im", thread_ts: "1767347000.000100" })),
    ),
    toContact(
      "a slash command, which only the contact sees",
      first(
        parseForm({
          command: "/ask",
          user_id: "U0ADA",
          team_id: "T0GARDEN",
          trigger_id: "1.2.a",
          text: "Hi?",
          channel_id: CHANNEL,
        }),
      ),
    ),
    inGroup("a channel", slackEvent(message({ type: "app_mention" }))),
    inGroup("a private channel", slackEvent(message({ type: "app_mention", channel: "G0TEAM" }))),
    inGroup(
      "a group message",
      slackEvent(message({ channel: "C0MPIM", channel_type: "mpim", type: "app_mention" })),
    ),
  ],
  line: [
    toContact("a chat", lineText({ type: "user" })),
    inGroup("a group", lineText({ type: "group", groupId: `C${"d".repeat(32)}` })),
    inGroup("a room", lineText({ type: "room", roomId: `R${"e".repeat(32)}` })),
  ],
  webhook: [
    toContact(
      "a message without a thread",
      first(parseWebhook(webhookMessage({ from: "ada", text: "Hi?" }))),
    ),
    inGroup(
      "a message of a thread",
      first(parseWebhook(webhookMessage({ from: "ada", text: "Hi?", thread: "t1" }))),
    ),
  ],
  // Web chat has no body of a vendor, and its messages have no thread.
  web: [
    toContact("a chat", {
      kind: "message",
      origin: "typed",
      providerMessageId: "m",
      from: "v",
      text: "Hi?",
      providerTime: null,
    }),
  ],
};

function toContact(name: string, event: InboundEvent | undefined): Place {
  return { name, event, isDirect: true };
}

function inGroup(name: string, event: InboundEvent | undefined): Place {
  return { name, event, isDirect: false };
}

function first(parsed: ReturnType<InboundChannel["parse"]>): InboundEvent | undefined {
  return parsed.ok ? parsed.events[0] : undefined;
}

function messaging(channel: InboundChannel): InboundEvent | undefined {
  return eventsOf(channel, fromContact({ message: { mid: "m_1", text: "Hi?" } }))[0];
}

function inTopic() {
  return { message_thread_id: 9, is_topic_message: true };
}

function telegramText(chat: { id: number; type: string }, fields: object = {}): InboundEvent | undefined {
  const from = { id: 700, is_bot: false, first_name: "Ada" };
  const entities = [{ type: "bot_command", offset: 0, length: 4 }];
  const question = { text: "/ask Hi?", entities };
  const said = { message_id: 2, from, chat, date: NOW.getTime() / 1_000, ...question, ...fields };
  const rawBody = Buffer.from(JSON.stringify({ update_id: 1, message: said }));
  const account = sampleAccount({ channel: "telegram", address: "100", externalId: "100" });
  return first(telegram.parse(sampleRequest({ rawBody }), account));
}

function lineText(source: object): InboundEvent | undefined {
  const bot = `U${"b".repeat(32)}`;
  const mention = { mentionees: [{ index: 0, length: 4, type: "user", isSelf: true }] };
  const event = {
    type: "message",
    mode: "active",
    timestamp: NOW.getTime(),
    source: { userId: `U${"c".repeat(32)}`, ...source },
    message: { id: "444573844083572737", type: "text", text: "@bot Hi?", mention },
  };
  const rawBody = Buffer.from(JSON.stringify({ destination: bot, events: [event] }));
  return first(
    line.parse(sampleRequest({ rawBody }), sampleAccount({ channel: "line", address: bot, externalId: bot })),
  );
}
