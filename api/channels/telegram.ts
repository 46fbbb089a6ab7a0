import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import { matchSecretToken } from "../../infra/runtime/signatures/secret-token.ts";
import { TELEGRAM_UPDATES, type TelegramUpdateKind } from "../../infra/channels/telegram.ts";
import type {
  InboundChannel,
  InboundEvent,
  InboundRequest,
  ParsedBody,
  SignatureVerdict,
} from "./channel.ts";
import { ignoreListed } from "./json-body.ts";
import { readTelegramUpdate } from "./telegram/telegram-body.ts";
import { telegramEdit } from "./telegram/telegram-edit.ts";
import { telegramMembership } from "./telegram/telegram-membership.ts";
import { telegramMessage } from "./telegram/telegram-message.ts";

interface Context {
  receivedAt: Date;
  account: ChannelAccount;
}

/** Kinds of the Bot API that need no answer. `none` is an update without an item. */
const OTHER_UPDATES = new Set([
  "business_connection",
  "business_message",
  "callback_query",
  "channel_post",
  "chat_boost",
  "chat_join_request",
  "chat_member",
  "chosen_inline_result",
  "deleted_business_messages",
  "edited_business_message",
  "edited_channel_post",
  "inline_query",
  "message_reaction",
  "message_reaction_count",
  "none",
  "poll",
  "poll_answer",
  "pre_checkout_query",
  "purchased_paid_media",
  "removed_chat_boost",
  "shipping_query",
]);

/** Readers by the kind of update. Any other kind is ignored and counted. */
const READERS: Readonly<Record<TelegramUpdateKind, (item: unknown, context: Context) => InboundEvent>> =
  Object.freeze({
    message: telegramMessage,
    edited_message: telegramEdit,
    my_chat_member: telegramMembership,
  });

/** Telegram's Bot API: one update per body, repeated for 24 h until a response has a 2xx status. */
export const telegram: InboundChannel = {
  name: "telegram",
  // Contacts write a thought in two or three messages within two seconds, and each picture of an album is a message.
  quietWindowMs: 1_500,
  // Telegram would execute a JSON body with a `method` as a call to the Bot API, and report its outcome nowhere.
  acknowledgement: { status: 200, contentType: "text/plain", body: "OK" },
  verify: verifyTelegram,
  parse({ rawBody, receivedAt }, account): ParsedBody {
    const update = readTelegramUpdate(rawBody);
    if (!update.ok) return update;
    const { kind, item } = update;
    const known = TELEGRAM_UPDATES.find((name) => name === kind);
    const context = { receivedAt, account };
    const event =
      known === undefined ? ignoreListed("update", kind, OTHER_UPDATES) : READERS[known](item, context);
    return { ok: true, events: [event] };
  },
};

function verifyTelegram({ headers }: InboundRequest, account: ChannelAccount): SignatureVerdict {
  const token = headers["x-telegram-bot-api-secret-token"];
  if (Array.isArray(token))
    return {
      ok: false,
      code: "header_repeated",
      detail: "X-Telegram-Bot-Api-Secret-Token may be there once.",
    };
  if (!token)
    return {
      ok: false,
      code: "signature_missing",
      detail: "The header X-Telegram-Bot-Api-Secret-Token is needed: give setWebhook a secret_token.",
    };
  const secretIndex = matchSecretToken(token, account.secrets.inbound);
  if (secretIndex >= 0) return { ok: true, secretIndex };
  return {
    ok: false,
    code: "signature_invalid",
    detail:
      "X-Telegram-Bot-Api-Secret-Token does not match: it must be the secret_token that setWebhook was given.",
  };
}
