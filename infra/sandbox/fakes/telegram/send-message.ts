import { z } from "zod";
import type { FakeResponse } from "../server/response.ts";
import type { RoutedRequest } from "../server/route-table.ts";
import type { SentMessages } from "../server/sent-messages.ts";
import { refuseEntities } from "./message-entities.ts";
import { chatOf, refuseChat } from "./chat.ts";
import { telegramError, telegramResult } from "./telegram-response.ts";

/** Telegram counts the text without entities. */
const MAX_CHARACTERS = 4_096;

const FIELDS = z
  .looseObject({ chat_id: z.unknown().optional(), text: z.string().catch("") })
  .catch({ text: "", chat_id: undefined });

/** Checks a message as Telegram does, stores it and returns it. */
export function sendMessage(
  { store, nextId }: { store: SentMessages; nextId: () => number },
  { body }: RoutedRequest,
): FakeResponse {
  const { chat_id: chatId, text, ...details } = FIELDS.parse(body);
  if (text.trim() === "") return telegramError(400, "Bad Request: message text is empty");
  if (text.length > MAX_CHARACTERS) return telegramError(400, "Bad Request: message is too long");
  const malformed = refuseEntities(text, details["entities"]);
  if (malformed !== null) return malformed;
  const chat = chatOf(chatId);
  const refusal = refuseChat(store, chat);
  if (refusal !== null) return refusal;
  const messageId = nextId();
  store.accept({ id: `${chat}:${messageId}`, to: chat, text, details });
  const type = chat.startsWith("-") ? "supergroup" : "private";
  const date = Math.floor(Date.now() / 1000);
  return telegramResult({ message_id: messageId, date, chat: { id: Number(chat), type }, text });
}
