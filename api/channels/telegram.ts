import { z } from "zod";
import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import { matchSecretToken } from "../../infra/runtime/signatures/secret-token.ts";
import { TELEGRAM_UPDATES, type TelegramUpdateKind } from "../../infra/channels/telegram.ts";
import type {
  Acknowledgement,
  InboundChannel,
  InboundEvent,
  InboundRequest,
  ParsedBody,
  SignatureVerdict,
} from "./channel.ts";
import { hearAgent } from "./hear-agent.ts";
import { ignoreEvent, ignoreListed } from "./json-body.ts";
import { TELEGRAM_KINDS } from "./kinds/telegram-kinds.ts";
import {
  telegramBusinessDeletion,
  telegramBusinessEdit,
  telegramBusinessMessage,
} from "./telegram/telegram-business.ts";
import { readTelegramUpdate } from "./telegram/telegram-body.ts";
import { telegramEdit } from "./telegram/telegram-edit.ts";
import { telegramMembership } from "./telegram/telegram-membership.ts";
import { telegramMessage } from "./telegram/telegram-message.ts";
import { telegramPress } from "./telegram/telegram-press.ts";

interface Context {
  receivedAt: Date;
  account: ChannelAccount;
}

/** Kinds of the Bot API that need no answer. `none` is an update without an item. */
const OTHER_UPDATES = new Set(TELEGRAM_KINDS.map(({ kind }) => kind));

type Reader = (item: unknown, context: Context) => InboundEvent | InboundEvent[];

/** Readers by the kind of update. Any other kind is ignored and counted. */
const READERS: Readonly<Record<TelegramUpdateKind, Reader>> = Object.freeze({
  message: telegramMessage,
  edited_message: telegramEdit,
  my_chat_member: telegramMembership,
  callback_query: telegramPress,
  // The account and the rights of the bot are the business's concern: a send without a right is refused, and its reason is shown.
  business_connection: () => ignoreEvent("update.business_connection"),
  business_message: telegramBusinessMessage,
  edited_business_message: telegramBusinessEdit,
  deleted_business_messages: telegramBusinessDeletion,
});

/** Telegram's Bot API: one update per body, repeated for 24 h until a response has a 2xx status. */
export const telegram: InboundChannel = {
  name: "telegram",
  // Contacts write a thought in two or three messages within two seconds, and each picture of an album is a message.
  quietWindowMs: 1_500,
  // Telegram executes a JSON body with a `method` as a call to the Bot API, and reports its outcome nowhere.
  acknowledgement: { status: 200, contentType: "text/plain", body: "OK" },
  verify: verifyTelegram,
  parse({ rawBody, receivedAt }, account): ParsedBody {
    const update = readTelegramUpdate(rawBody);
    if (!update.ok) return update;
    const { kind, item } = update;
    const known = TELEGRAM_UPDATES.find((name) => name === kind);
    const context = { receivedAt, account };
    const events =
      known === undefined ? ignoreListed("update", kind, OTHER_UPDATES) : READERS[known](item, context);
    const heard = [events].flat().map((event) => hearAgent(event, account));
    return { ok: true, events: heard, ...answerPress(known, item) };
  },
};

const QUERY_ID = z.looseObject({ id: z.string() });

/** Telegram shows that a pressed button is at work until the bot answers the query, which it may do in the response. */
function answerPress(kind: TelegramUpdateKind | undefined, item: unknown): { response?: Acknowledgement } {
  const query = kind === "callback_query" ? QUERY_ID.safeParse(item).data : undefined;
  if (query === undefined) return {};
  const body = JSON.stringify({ method: "answerCallbackQuery", callback_query_id: query.id });
  return { response: { status: 200, contentType: "application/json", body } };
}

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
