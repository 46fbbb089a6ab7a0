import type { Installation } from "../open-installation.ts";

type Target = Pick<Installation, "url" | "config">;

let updates = 1_000;

/** Posts a text message of a private chat as Telegram does. */
export async function sendTelegram(
  target: Target,
  { chat, text }: { chat: number; text: string },
): Promise<{ id: string; response: Response }> {
  const messageId = ++updates;
  const message = {
    message_id: messageId,
    from: { id: chat, is_bot: false, first_name: "Ada" },
    chat: { id: chat, type: "private" },
    date: Math.floor(Date.now() / 1000),
    text,
  };
  return { id: `${chat}:${messageId}`, response: await postTelegram(target, { message }) };
}

/** Posts an update with this item. */
export async function postTelegram({ url, config }: Target, item: object): Promise<Response> {
  return await fetch(`${url}/webhooks/telegram/main`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-telegram-bot-api-secret-token": config.TELEGRAM_WEBHOOK_SECRET_TOKEN ?? "",
    },
    body: JSON.stringify({ update_id: ++updates, ...item }),
  });
}
