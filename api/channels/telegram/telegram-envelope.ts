import { z } from "zod";
import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import type { InboundIgnored } from "../channel.ts";
import { ignoreEvent } from "../json-body.ts";
import { TELEGRAM_ID } from "./telegram-body.ts";

const USER = z.looseObject(
  { id: TELEGRAM_ID, is_bot: z.boolean({ error: "must be true or false" }).optional() },
  { error: "must be an object with the person's id" },
);

/** What every message has around its content; an edited one has the same. */
export const TELEGRAM_ENVELOPE = z.looseObject(
  {
    message_id: TELEGRAM_ID,
    date: z.unknown().optional(),
    chat: z.looseObject(
      { id: TELEGRAM_ID, type: z.string({ error: 'must be the chat\'s type, such as "private"' }) },
      { error: "must be an object with id and type" },
    ),
    from: USER.optional(),
    /** There where a chat speaks in its own name: an anonymous administrator, a channel's post in its group. */
    sender_chat: z.unknown().optional(),
    via_bot: USER.optional(),
    message_thread_id: TELEGRAM_ID.optional(),
    is_topic_message: z.unknown().optional(),
  },
  { error: "must be an object with message_id, chat and from" },
);
export type TelegramEnvelope = z.infer<typeof TELEGRAM_ENVELOPE>;

/** Who says it where; the message's id holds the chat's, since Telegram numbers the messages of each chat by themselves. */
export interface TelegramAddress {
  id: string;
  from: string;
  thread?: string;
}

const CHATS = new Set(["private", "group", "supergroup"]);

/** Where a person's message belongs, or why nobody is to be answered. */
export function telegramAddress(
  envelope: TelegramEnvelope,
  account: ChannelAccount,
): TelegramAddress | InboundIgnored {
  const { chat, from, sender_chat: speakingChat, via_bot: viaBot } = envelope;
  if (!CHATS.has(chat.type)) return ignoreEvent(`chat.${chat.type}`);
  // Anonymous administrators come as a bot of Telegram's own: this has to be asked first.
  if (speakingChat !== undefined) return ignoreEvent("sender_chat");
  if (from === undefined) return ignoreEvent("no_sender");
  const isOwn = viaBot !== undefined && String(viaBot.id) === account.externalId;
  if (from.is_bot === true || isOwn) return ignoreEvent("bot_message");
  const thread = threadOf(envelope);
  return {
    id: `${chat.id}:${envelope.message_id}`,
    from: String(from.id),
    ...(thread === null ? {} : { thread }),
  };
}

/**
 * A reply in a group without topics has a `message_thread_id` as well: it names no topic, a message sent there would be refused, and
 * each chain of replies would be a conversation of its own.
 */
function threadOf(envelope: TelegramEnvelope): string | null {
  const { chat, message_thread_id: topic, is_topic_message: isTopic } = envelope;
  if (isTopic === true && topic !== undefined) return `${chat.id}:${topic}`;
  return chat.type === "private" ? null : String(chat.id);
}
