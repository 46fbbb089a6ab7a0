import { z } from "zod";
import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import { TELEGRAM_BUSINESS_THREAD } from "../../../infra/channels/telegram.ts";
import type { InboundEvent } from "../channel.ts";
import { ignoreEvent, toInvalidEvent } from "../json-body.ts";
import { TELEGRAM_ID, telegramTime } from "./telegram-body.ts";
import { telegramContent, type TelegramContent } from "./telegram-content.ts";
import { nameWordlessEdit } from "./telegram-edit.ts";
import { markTelegramForward } from "./telegram-forward.ts";
import { TELEGRAM_ENVELOPE } from "./telegram-envelope.ts";

/*
 * Chats of a business account that the bot is connected to. The contact writes to the account, and the bot may reply in its name. An agent
 * may write there too, in the same app as ever.
 */

export const BUSINESS_CONNECTION = z
  .string({ error: "must be the connection's id" })
  .regex(/^[\w-]{1,100}$/, "must be an id of 1 to 100 letters and digits");

const MESSAGE = TELEGRAM_ENVELOPE.extend({
  business_connection_id: BUSINESS_CONNECTION,
  /** Set where a bot wrote in the name of the account. */
  sender_business_bot: z.unknown().optional(),
  /** Set for a greeting, a message of absence or a scheduled message. */
  is_from_offline: z.boolean().optional().catch(undefined),
  edit_date: z.int().optional(),
});
type BusinessMessage = z.infer<typeof MESSAGE>;

const DELETED = z.looseObject(
  {
    business_connection_id: BUSINESS_CONNECTION,
    chat: z.looseObject({ id: TELEGRAM_ID }),
    message_ids: z.array(TELEGRAM_ID, { error: "must be a list of message ids" }),
  },
  { error: "must be an object with business_connection_id, chat and message_ids" },
);

interface Context {
  receivedAt: Date;
  account: ChannelAccount;
}

/** A new message in such a chat: of the contact, or of an agent. */
export function telegramBusinessMessage(item: unknown, { receivedAt }: Context): InboundEvent {
  const read = readBusinessMessage(item, "business_message");
  if ("kind" in read) return read;
  const { message, content, isContact, ...place } = read;
  const providerTime = telegramTime(message.date, receivedAt);
  const { id: providerMessageId, contact, thread } = place;
  if (!isContact) {
    const { text, media } = content;
    const files = media === null ? {} : { media: [media] };
    return { kind: "agent_reply", providerMessageId, to: contact, thread, text, ...files, providerTime };
  }
  return {
    kind: "message",
    providerMessageId,
    from: contact,
    thread,
    ...markTelegramForward({ text: content.text, origin: content.origin }, message),
    ...(content.treatment === undefined ? {} : { treatment: content.treatment }),
    ...(content.media === null ? {} : { media: [content.media] }),
    providerTime,
    providerSequence: message.message_id,
  };
}

export function telegramBusinessEdit(item: unknown, { receivedAt }: Context): InboundEvent {
  const read = readBusinessMessage(item, "edited_business_message");
  if ("kind" in read) return read;
  const { message, content, isContact, id, contact, thread } = read;
  if (!isContact) return ignoreEvent("edited_business_message.own");
  const still = nameWordlessEdit(content);
  if (still !== null) return ignoreEvent(`edited_business_message.${still}`);
  const editDate = message.edit_date ?? 0;
  return {
    kind: "edit",
    changeId: `${id}:${editDate}`,
    from: contact,
    thread,
    targetMessageId: id,
    text: content.text,
    providerTime: telegramTime(editDate, receivedAt),
  };
}

/** Also reports messages that the business deleted, and those from before the connection. */
export function telegramBusinessDeletion(item: unknown): InboundEvent[] {
  const parsed = DELETED.safeParse(item);
  if (!parsed.success) return [toInvalidEvent(parsed.error, "deleted_business_messages")];
  const { business_connection_id: connection, chat, message_ids: messages } = parsed.data;
  return messages.map((message) => {
    const targetMessageId = idOf({ connection, chat: chat.id, message });
    return {
      kind: "delete",
      changeId: `delete:${targetMessageId}`,
      from: String(chat.id),
      thread: toBusinessThread(connection),
      targetMessageId,
      text: "",
      providerTime: null,
      needsStoredMessage: true,
    };
  });
}

interface ReadMessage {
  message: BusinessMessage;
  content: Extract<TelegramContent, { kind: "content" }>;
  isContact: boolean;
  id: string;
  contact: string;
  thread: string;
}

function readBusinessMessage(item: unknown, place: string): ReadMessage | InboundEvent {
  const parsed = MESSAGE.safeParse(item);
  if (!parsed.success) return toInvalidEvent(parsed.error, place);
  const message = parsed.data;
  const { chat, from, business_connection_id: connection } = message;
  if (message.sender_business_bot !== undefined || from?.is_bot === true)
    return ignoreEvent(`${place}.bot_message`);
  if (message.is_from_offline === true) return ignoreEvent(`${place}.automatic`);
  const content = telegramContent(message);
  if (content.kind === "nothing") return ignoreEvent(`${place}.${content.what}`);
  if (content.kind === "broken") return toInvalidEvent(content.error, place);
  // The id of a private chat is the contact's own id. Everybody else in it writes for the business.
  const isContact = from !== undefined && from.id === chat.id;
  const id = idOf({ connection, chat: chat.id, message: message.message_id });
  return { message, content, isContact, id, contact: String(chat.id), thread: toBusinessThread(connection) };
}

/** The same chat has other message ids for the bot itself, so the connection is part of the id. */
function idOf({ connection, chat, message }: { connection: string; chat: number; message: number }): string {
  return `${connection}:${chat}:${message}`;
}

export function toBusinessThread(connection: string): string {
  return TELEGRAM_BUSINESS_THREAD + connection;
}
