import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import type { OutboundChannel, OutboundOptions, SendOutcome } from "./channel.ts";
import { chatDelayBeforeAttemptMs } from "./chat-schedule.ts";
import { toFailedOutcome } from "./failed-outcome.ts";
import { createRefusal } from "./http-refusal.ts";
import { splitText } from "./split-text.ts";
import { toTelegramOutcome } from "./telegram/telegram-outcome.ts";
import { toReplyParameters, toTelegramTarget } from "./telegram/telegram-target.ts";

/** Telegram's own limit on a text, in UTF-16 units. */
const MAX_CHARACTERS = 4_096;
/** `{bot id}:{secret}`. The token is a piece of the URL's path: anything else in it could name another one. */
const BOT_TOKEN = /^[\w-]+(:[\w-]+)?$/;

/** Telegram's Bot API. It takes no idempotency key and cannot be asked what was sent, so a lost answer stays open. */
export function createTelegramChannel({ egress, baseUrl, now }: OutboundOptions): OutboundChannel {
  // The URL is a secret. The egress guard's errors do not hold it, and no code made here does.
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
      // 20 a minute in a group, one a second with small bursts to a person. One rate stands for both, so the steady one is the
      // group's; replies seldom come faster to a person either. What a burst is too much, Telegram's own 429 puts off.
      recipient: { capacity: 20, refillPerSecond: 1 / 3 },
    },
    delayBeforeAttemptMs: chatDelayBeforeAttemptMs,
    split: (text) => splitText(text, (part) => part.length <= MAX_CHARACTERS),
    async send(part, account, signal): Promise<SendOutcome> {
      const token = readBotToken(account);
      if (token === null) return createRefusal("config", "bot_token_malformed");
      const fields = {
        ...toTelegramTarget(part),
        text: part.text,
        ...toReplyParameters(part),
        // A preview is the page's words among ours, and tells its owner that we sent the link.
        link_preview_options: { is_disabled: true },
      };
      try {
        return toTelegramOutcome(await call(token, "sendMessage", fields, signal), now());
      } catch (error) {
        return toFailedOutcome(error);
      }
    },
    /** Telegram shows it for 5 s, or until the answer comes. */
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
