import type { Installation } from "../open-installation.ts";

let updates = 1_000;

/** Posts a text message of a private chat as Telegram does. */
export async function sendTelegram(
  { url, config }: Pick<Installation, "url" | "config">,
  { chat, text }: { chat: number; text: string },
): Promise<{ id: string; response: Response }> {
  const messageId = ++updates;
  const update = {
    update_id: messageId,
    message: {
      message_id: messageId,
      from: { id: chat, is_bot: false, first_name: "Ada" },
      chat: { id: chat, type: "private" },
      date: Math.floor(Date.now() / 1000),
      text,
    },
  };
  const response = await fetch(`${url}/webhooks/telegram/main`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-telegram-bot-api-secret-token": config.TELEGRAM_WEBHOOK_SECRET_TOKEN ?? "",
    },
    body: JSON.stringify(update),
  });
  return { id: `${chat}:${messageId}`, response };
}
