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
  // Our ids are `{chat}:{message}`, and the id of a private chat is the contact's id.
  messageIdHoldsAddress: true,
  // Telegram would execute a JSON body with a `method` as a call to the Bot API, and report its outcome nowhere.
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
