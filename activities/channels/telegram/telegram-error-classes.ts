import type { RefusalClass } from "../channel.ts";

export interface TelegramErrorRule {
  /** Telegram's `error_code`, which is the HTTP status. */
  status: number;
  /** Words of the `description`, in lower case: Telegram has no finer codes. Absent: any description. */
  words?: string;
  class: RefusalClass;
  /** What stands in our records in place of the description; absent: the status. */
  code?: string;
}

/**
 * Telegram's refusals by what they mean for the next step; the first rule that fits counts. Data, not logic: the descriptions are
 * what bots have seen, Telegram publishes no list. A status that is not here is judged by its hundreds.
 */
export const TELEGRAM_ERROR_CLASSES: readonly TelegramErrorRule[] = Object.freeze([
  { status: 400, words: "chat not found", class: "permanent", code: "chat_not_found" },
  { status: 400, words: "message text is empty", class: "permanent", code: "text_empty" },
  { status: 400, words: "message is too long", class: "permanent", code: "text_too_long" },
  { status: 400, words: "message thread not found", class: "permanent", code: "topic_not_found" },
  { status: 400, words: "topic_closed", class: "permanent", code: "topic_closed" },
  // The one answer that says a person wants no more of us; the others below are about chats, accounts and rights.
  { status: 403, words: "bot was blocked by the user", class: "optout", code: "bot_blocked" },
  { status: 403, words: "user is deactivated", class: "permanent", code: "user_deactivated" },
  { status: 403, words: "bot was kicked", class: "permanent", code: "bot_kicked" },
  { status: 403, words: "bot is not a member", class: "permanent", code: "bot_not_member" },
  { status: 403, words: "bot can't initiate conversation", class: "permanent", code: "not_started" },
  { status: 403, words: "bots can't send messages to bots", class: "permanent", code: "recipient_is_bot" },
  { status: 403, class: "permanent" },
  // Telegram answers so where the path has no token of the right form: it never means the chat.
  { status: 404, class: "config" },
  // Somebody else polls for this bot's updates.
  { status: 409, class: "config" },
]);
