import { TELEGRAM_BUSINESS_THREAD } from "../../../infra/channels/telegram.ts";
import type { ReplyPart, Recipient } from "../channel.ts";

/** The fields with which every method of the Bot API names a chat. */
export interface TelegramTarget {
  chat_id: number | string;
  message_thread_id?: number;
  business_connection_id?: string;
}

/**
 * A thread is `{chat}`, `{chat}:{topic}`, or `business:{connection}` for a chat of the contact with a business account that the bot is connected
 * to. Without a chat in the thread the contact's own id is the chat.
 */
export function toTelegramTarget({ to, thread }: Recipient): TelegramTarget {
  if (thread.startsWith(TELEGRAM_BUSINESS_THREAD))
    return {
      chat_id: parseChatId(to),
      business_connection_id: thread.slice(TELEGRAM_BUSINESS_THREAD.length),
    };
  const [chat = "", topic] = (thread === "" ? to : thread).split(":");
  return { chat_id: parseChatId(chat), ...(topic === undefined ? {} : { message_thread_id: Number(topic) }) };
}

/**
 * In a group many contacts write, so the reply refers to the message that it answers. If that was deleted, the reply is sent
 * without the reference. Groups have negative ids, and the inbound half's message ids are `{chat}:{message}`.
 */
export function toReplyParameters({
  inReplyTo,
  ...recipient
}: Recipient & Pick<ReplyPart, "inReplyTo">): object {
  const { chat_id: target } = toTelegramTarget(recipient);
  const [, chat, message] = /^(-\d+):(\d+)$/.exec(inReplyTo.at(-1) ?? "") ?? [];
  if (chat === undefined || chat !== String(target)) return {};
  return { reply_parameters: { message_id: Number(message), allow_sending_without_reply: true } };
}

/** Ids are numbers in Telegram's API. The @name of a public chat is a text. */
function parseChatId(chat: string): number | string {
  return /^-?\d+$/.test(chat) && Number.isSafeInteger(Number(chat)) ? Number(chat) : chat;
}
