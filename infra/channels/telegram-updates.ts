/** What Telegram is asked to send; that a message was deleted is told to no bot. */
export const TELEGRAM_UPDATES = ["message", "edited_message", "my_chat_member"] as const;
export type TelegramUpdateKind = (typeof TELEGRAM_UPDATES)[number];
