import { z } from "zod";
import type { InboundEvent } from "../channel.ts";
import { STORED_TEXT, ignoreEvent, toInvalidEvent } from "../json-body.ts";
import { formatPlaceholder } from "../placeholder.ts";
import { TELEGRAM_ID } from "./telegram-body.ts";
import { BUSINESS_CONNECTION, toBusinessThread } from "./telegram-business.ts";
import { ignoreOtherChat, TELEGRAM_ENVELOPE, telegramThread } from "./telegram-envelope.ts";

const BUTTON = z.looseObject({ text: STORED_TEXT, callback_data: z.string().optional() });
const KEYBOARD = z.looseObject({ inline_keyboard: z.array(z.array(BUTTON)) });

const PRESS = z.looseObject(
  {
    id: z.string({ error: "must be the query's id" }).regex(/^[\w-]{1,128}$/, "must be an id"),
    from: z.looseObject({ id: TELEGRAM_ID, is_bot: z.boolean().optional() }),
    data: STORED_TEXT.optional(),
    /** Absent for a button in another chat, under a message that was sent through the bot. */
    message: TELEGRAM_ENVELOPE.extend({
      reply_markup: KEYBOARD.optional().catch(undefined),
      business_connection_id: BUSINESS_CONNECTION.optional(),
    }).optional(),
  },
  { error: "must be an object with id and from" },
);

/** A pressed button under a message of the bot. Its label is the text; where the message is gone, a placeholder has its data. */
export function telegramPress(item: unknown): InboundEvent {
  const parsed = PRESS.safeParse(item);
  if (!parsed.success) return toInvalidEvent(parsed.error, "callback_query");
  const { id, from, data, message } = parsed.data;
  if (from.is_bot === true) return ignoreEvent("bot_message");
  if (message === undefined) return ignoreEvent("callback_query.no_chat");
  const otherChat = ignoreOtherChat(message);
  if (otherChat !== null) return otherChat;
  const { business_connection_id: connection } = message;
  // The id of a private chat is the contact's own id.
  if (connection !== undefined && from.id !== message.chat.id) return ignoreEvent("callback_query.own");
  const buttons = message.reply_markup?.inline_keyboard.flat() ?? [];
  const label = buttons.find((button) => data !== undefined && button.callback_data === data)?.text;
  const thread = connection === undefined ? telegramThread(message) : toBusinessThread(connection);
  return {
    kind: "message",
    providerMessageId: `press:${id}`,
    from: String(from.id),
    ...(thread === null ? {} : { thread }),
    text: label ?? formatPlaceholder("button", data),
    origin: "press",
    providerTime: null,
  };
}
