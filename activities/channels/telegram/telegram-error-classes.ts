import type { RefusalClass } from "../channel.ts";

export interface TelegramErrorRule {
  /** Telegram's `error_code`, which is the HTTP status. */
  status: number;
  /** Words of the `description` in lower case, because Telegram has no finer codes. Absent: any description. */
  words?: string;
  class: RefusalClass;
  /** The code in our records, in place of the description. Absent: the status. */
  code?: string;
}

/**
 * Classes of Telegram's refusals; the first rule that fits counts. It is data, not logic: Telegram publishes no list, and these are
 * descriptions that bots have seen. Other statuses are classified as `classifyStatus` does.
 */
export const TELEGRAM_ERROR_CLASSES: readonly TelegramErrorRule[] = Object.freeze([
  { status: 400, words: "chat not found", class: "permanent", code: "chat_not_found" },
  { status: 400, words: "message text is empty", class: "permanent", code: "text_empty" },
  { status: 400, words: "message is too long", class: "permanent", code: "text_too_long" },
  { status: 400, words: "message thread not found", class: "permanent", code: "topic_not_found" },
  { status: 400, words: "topic_closed", class: "permanent", code: "topic_closed" },
  // Only this description says that the contact wants no messages. The others are about chats, accounts and rights.
  { status: 403, words: "bot was blocked by the user", class: "optout", code: "bot_blocked" },
  { status: 403, words: "user is deactivated", class: "permanent", code: "user_deactivated" },
  { status: 403, words: "bot was kicked", class: "permanent", code: "bot_kicked" },
  { status: 403, words: "bot is not a member", class: "permanent", code: "bot_not_member" },
  { status: 403, words: "bot can't initiate conversation", class: "permanent", code: "not_started" },
  { status: 403, words: "bots can't send messages to bots", class: "permanent", code: "recipient_is_bot" },
  { status: 403, class: "permanent" },
  // The path has no token of the right form. This status never refers to the chat.
  { status: 404, class: "config" },
  // Another process polls for this bot's updates.
  { status: 409, class: "config" },
]);
