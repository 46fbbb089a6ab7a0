import { z } from "zod";
import type { SharedPlace } from "../../../db/inbound/new-inbound.ts";
import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import type { InboundIgnored } from "../channel.ts";
import { ignoreEvent, ignoreListed } from "../json-body.ts";
import { TELEGRAM_ID } from "./telegram-body.ts";
import { telegramShared } from "./telegram-shared.ts";

const USER = z.looseObject(
  { id: TELEGRAM_ID, is_bot: z.boolean({ error: "must be true or false" }).optional() },
  { error: "must be an object with the user's id" },
);

/** The fields around the content of a new or edited message. */
export const TELEGRAM_ENVELOPE = z.looseObject(
  {
    message_id: TELEGRAM_ID,
    date: z.unknown().optional(),
    chat: z.looseObject(
      { id: TELEGRAM_ID, type: z.string({ error: 'must be the chat\'s type, such as "private"' }) },
      { error: "must be an object with id and type" },
    ),
    from: USER.optional(),
    /** Present where a chat writes in its own name: an anonymous administrator, or a channel's post in its group. */
    sender_chat: z
      .looseObject({ id: TELEGRAM_ID.optional().catch(undefined) })
      .optional()
      .catch({}),
    via_bot: USER.optional(),
    message_thread_id: TELEGRAM_ID.optional(),
    ephemeral_message_id: TELEGRAM_ID.optional(),
    is_topic_message: z.unknown().optional(),
  },
  { error: "must be an object with message_id, chat and from" },
);
export type TelegramEnvelope = z.infer<typeof TELEGRAM_ENVELOPE>;

/** The contact and the place. The message's id contains the chat's, because Telegram numbers messages per chat. */
export interface TelegramAddress {
  id: string;
  from: string;
  thread?: string;
  /** Set in a group. */
  shared?: SharedPlace;
}

const CHATS = new Set(["private", "group", "supergroup"]);
const OTHER_CHATS = new Set(["channel"]);

/** The contact and conversation of a message, or the reason why it needs no answer. */
export function telegramAddress(
  envelope: TelegramEnvelope,
  account: ChannelAccount,
): TelegramAddress | InboundIgnored {
  const { chat, from, sender_chat: speakingChat, via_bot: viaBot } = envelope;
  const otherChat = ignoreOtherChat(envelope);
  if (otherChat !== null) return otherChat;
  const shared = chat.type === "private" ? undefined : telegramShared(envelope, account);
  const thread = telegramThread(envelope);
  const id = `${chat.id}:${messageIdOf(envelope)}`;
  const place = { ...(thread === null ? {} : { thread }), ...(shared === undefined ? {} : { shared }) };
  // Anonymous administrators appear as a bot of Telegram, so this check comes first.
  if (speakingChat !== undefined) {
    const isAdministrator = speakingChat.id === chat.id;
    return isAdministrator && shared !== undefined && mayConcernUs(shared, chat.id, account)
      ? { id, from: String(chat.id), ...place }
      : ignoreEvent("sender_chat");
  }
  if (from === undefined) return ignoreEvent("no_sender");
  const isOwn = viaBot !== undefined && String(viaBot.id) === account.externalId;
  if (from.is_bot === true || isOwn) return ignoreEvent("bot_message");
  return { id, from: String(from.id), ...place };
}

/** Null where contacts and the bot talk to each other. A reply in a channel would be public. */
export function ignoreOtherChat({ chat }: Pick<TelegramEnvelope, "chat">): InboundIgnored | null {
  return CHATS.has(chat.type) ? null : ignoreListed("chat", chat.type, OTHER_CHATS);
}

/** An administrator who writes in the name of the group may be an agent, under the id of the group. */
function mayConcernUs(shared: SharedPlace, chatId: number, { settings }: ChannelAccount): boolean {
  const isReply = shared.repliesToUs === true || shared.repliesToContact !== undefined;
  return shared.isNamed || isReply || settings.agents?.includes(String(chatId)) === true;
}

/** A message that only the bot sees has the id 0 and a number of its own, which Telegram may use again later. */
function messageIdOf({ message_id: id, ephemeral_message_id: hidden, date }: TelegramEnvelope): string {
  return hidden === undefined ? String(id) : `hidden.${hidden}.${String(date)}`;
}

/**
 * A reply in a group without topics also has a `message_thread_id`. It is not the id of a topic: Telegram would refuse a message
 * sent there, and each chain of replies would become a conversation.
 */
export function telegramThread(envelope: TelegramEnvelope): string | null {
  const { chat, message_thread_id: topic, is_topic_message: isTopic } = envelope;
  if (isTopic === true && topic !== undefined) return `${chat.id}:${topic}`;
  return chat.type === "private" ? null : String(chat.id);
}
