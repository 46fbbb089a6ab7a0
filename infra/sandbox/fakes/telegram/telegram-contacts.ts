import { createJsonPost } from "../contacts/json-post.ts";
import type { FakeContacts } from "../contacts/fake-contacts.ts";

/** Telegram's Bot API: private chats, whose id is the contact's own. */
export const telegramContacts: FakeContacts = {
  address: { pattern: /^[1-9]\d{4,14}$/, rule: "an id of digits, such as 610000001" },
  createAddress: (number) => String(610_000_000 + number),
  signMessage(config, { from, text }) {
    // Message ids rise within a chat, also over restarts.
    const messageId = Date.now();
    const id = Number(from);
    const user = { id, is_bot: false, first_name: "Somebody" };
    const chat = { id, type: "private", first_name: "Somebody" };
    const date = Math.floor(messageId / 1000);
    return createJsonPost(config, {
      channel: "telegram",
      providerMessageId: `${id}:${messageId}`,
      content: { update_id: messageId, message: { message_id: messageId, from: user, chat, date, text } },
      createSignatureHeaders: () => ({
        "x-telegram-bot-api-secret-token": config.TELEGRAM_WEBHOOK_SECRET_TOKEN ?? "",
      }),
    });
  },
};
