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
import { ignoreEvent } from "./json-body.ts";
import { readTelegramUpdate } from "./telegram/telegram-body.ts";
import { telegramEdit } from "./telegram/telegram-edit.ts";
import { telegramMembership } from "./telegram/telegram-membership.ts";
import { telegramMessage } from "./telegram/telegram-message.ts";

interface Context {
  receivedAt: Date;
  account: ChannelAccount;
}

/** By the update's kind. Any other is counted and left alone. */
const READERS: Readonly<Record<TelegramUpdateKind, (item: unknown, context: Context) => InboundEvent>> =
  Object.freeze({
    message: telegramMessage,
    edited_message: telegramEdit,
    my_chat_member: telegramMembership,
  });

/** Telegram's Bot API: one update per body, repeated for 24 h until it is answered with 2xx. */
export const telegram: InboundChannel = {
  name: "telegram",
  // People write a thought in two or three messages within a second or two; each picture of an album is a message too.
  quietWindowMs: 1_500,
  // Ours are `{chat}:{message}`, and a private chat has its person's id.
  messageIdHoldsAddress: true,
  // JSON with a `method` in it would be taken for a call to the Bot API, the outcome of which nobody hears.
  acknowledgement: { status: 200, contentType: "text/plain", body: "OK" },
  verify: verifyTelegram,
  parse({ rawBody, receivedAt }, account): ParsedBody {
    const update = readTelegramUpdate(rawBody);
    if (!update.ok) return update;
    const { kind, item } = update;
    const known = TELEGRAM_UPDATES.find((name) => name === kind);
    const context = { receivedAt, account };
    const event = known === undefined ? ignoreEvent(`update.${kind}`) : READERS[known](item, context);
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
