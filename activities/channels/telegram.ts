import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import type { OutboundChannel, OutboundOptions, SendOutcome } from "./channel.ts";
import { chatDelayBeforeAttemptMs } from "./chat-schedule.ts";
import { createSplit } from "./notation/create-split.ts";
import { toFailedOutcome } from "./failed-outcome.ts";
import { createRefusal } from "./http-refusal.ts";
import { toEntities } from "./telegram/telegram-entities.ts";
import { readMovedChat, toTelegramOutcome } from "./telegram/telegram-outcome.ts";
import { toReplyParameters, toTelegramTarget } from "./telegram/telegram-target.ts";

/** Telegram's own limit on a text, in UTF-16 units. */
const MAX_CHARACTERS = 4_096;
/** `{bot id}:{secret}`. The token is part of the URL's path, so any other character could lead to another path. */
const BOT_TOKEN = /^[\w-]+(:[\w-]+)?$/;

/**
 * Telegram's Bot API. It takes no idempotency key and cannot be asked what was sent, so a lost response leaves the outcome unknown.
 */
export function createTelegramChannel({ egress, baseUrl, now }: OutboundOptions): OutboundChannel {
  // The URL is a secret. Neither the egress guard's errors nor our error codes contain it.
  const call = (token: string, method: string, fields: object, signal: AbortSignal) =>
    egress.request({
      method: "POST",
      url: `${baseUrl}/bot${token}/${method}`,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(fields),
      signal,
    });
  return {
    name: "telegram",
    deliveryClass: "at-most-once",
    receipts: false,
    replyWindowMs: null,
    rates: {
      account: { capacity: 30, refillPerSecond: 30 },
      // 20 a minute in a group, one a second with small bursts to a contact. One rate serves both: the group's steady rate with a
      // burst. Where that is too fast, Telegram's own 429 delays the send.
      recipient: { capacity: 20, refillPerSecond: 1 / 3 },
    },
    delayBeforeAttemptMs: chatDelayBeforeAttemptMs,
    ...createSplit("separate", (text) => text.length <= MAX_CHARACTERS),
    async send(part, account, signal): Promise<SendOutcome> {
      const token = readBotToken(account);
      if (token === null) return createRefusal("config", "bot_token_malformed");
      const compose = (fields: object) => ({
        ...fields,
        text: part.text,
        ...toEntities(part),
        // A preview would put the page's text into our message, and would show its owner that we sent the link.
        link_preview_options: { is_disabled: true },
      });
      const target = toTelegramTarget(part);
      try {
        const fields = compose({ ...target, ...toReplyParameters(part) });
        const response = await call(token, "sendMessage", fields, signal);
        const movedTo = readMovedChat(response);
        if (movedTo === null) return toTelegramOutcome(response, now());
        // Telegram sent nothing and names the group's new id. A reply to a message of the old group would be refused there.
        const moved = compose({ ...target, chat_id: movedTo });
        return toTelegramOutcome(await call(token, "sendMessage", moved, signal), now());
      } catch (error) {
        return toFailedOutcome(error);
      }
    },
    /** Telegram shows it for 5 s, or until the reply arrives. */
    async indicateTyping(recipient, account, signal) {
      const token = readBotToken(account);
      if (token === null) return;
      await call(token, "sendChatAction", { ...toTelegramTarget(recipient), action: "typing" }, signal);
    },
  };
}

function readBotToken({ secrets }: ChannelAccount): string | null {
  const [token = ""] = secrets.outbound;
  return BOT_TOKEN.test(token) ? token : null;
}
