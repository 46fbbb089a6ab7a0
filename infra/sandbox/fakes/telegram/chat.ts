import { z } from "zod";
import type { FakeResponse } from "../server/response.ts";
import type { SentMessages } from "../server/sent-messages.ts";
import { telegramError } from "./telegram-response.ts";

const CHAT_ID = z.union([z.int(), z.string().regex(/^-?\d+$/)]).transform(String);

/** The chat's id as text; "" if there is none. Names of public chats are not supported. */
export function chatOf(chatId: unknown): string {
  return CHAT_ID.safeParse(chatId).data ?? "";
}

/** The error with which Telegram refuses calls for this chat, or null. */
export function refuseChat(store: SentMessages, chat: string): FakeResponse | null {
  if (chat === "" || store.isMarked("unknown", chat))
    return telegramError(400, "Bad Request: chat not found");
  if (store.isMarked("blocked", chat)) return telegramError(403, "Forbidden: bot was blocked by the user");
  return null;
}
