import { z } from "zod";
import { defineChannel } from "./channel-descriptor.ts";
import {
  agentIdsField,
  baseUrlField,
  listSecrets,
  optionalField,
  previousSecret,
  requiredField,
  toSharedPlaceSettings,
} from "./setting-fields.ts";

/** The update kinds that we ask Telegram for. It reports deleted messages only in the chats of a business account. */
export const TELEGRAM_UPDATES = [
  "message",
  "edited_message",
  "my_chat_member",
  "callback_query",
  "business_connection",
  "business_message",
  "edited_business_message",
  "deleted_business_messages",
] as const;
export type TelegramUpdateKind = (typeof TELEGRAM_UPDATES)[number];

const BOT_TOKEN = z
  .string()
  .regex(/^\d{3,20}:[\w-]{10,}$/, "must be the bot's token as BotFather gives it, such as 123456:ABC…");
const BOT_USERNAME = z
  .string()
  .regex(/^\w{2,64}$/, "must be the bot's username without @, such as north_shore_bot");
const SECRET_TOKEN = z.string().regex(/^[\w-]{1,256}$/, "must be 1 to 256 letters, digits, _ and -");
const BOT_ID = z
  .string()
  .regex(/^\d{3,20}$/, "must be the bot's id: the digits before the colon of its token");

/** The thread of a contact who writes to a business account that the bot is connected to is this and the id of the connection. */
export const TELEGRAM_BUSINESS_THREAD = "business:";

/** Telegram's Bot API. */
export const telegram = defineChannel({
  name: "telegram",
  hasWebhook: true,
  hasCarrierWords: false,
  textLimit: 4_096,
  // Ids of groups and channels are negative. A private chat has a thread only where it has topics.
  isDirect: (thread) =>
    thread === "" || thread.startsWith(TELEGRAM_BUSINESS_THREAD) || /^[1-9]\d*(?::|$)/.test(thread),
  settings: {
    TELEGRAM_BOT_TOKEN: requiredField(BOT_TOKEN, { secret: true }),
    TELEGRAM_WEBHOOK_SECRET_TOKEN: requiredField(SECRET_TOKEN, { secret: true, isOwn: true }),
    TELEGRAM_WEBHOOK_SECRET_TOKEN_PREVIOUS: previousSecret("TELEGRAM_WEBHOOK_SECRET_TOKEN", SECRET_TOKEN),
    TELEGRAM_BOT_USERNAME: optionalField(BOT_USERNAME),
    TELEGRAM_AGENT_IDS: agentIdsField,
    TELEGRAM_BASE_URL: baseUrlField("https://api.telegram.org"),
  },
  replyUrlSetting: "TELEGRAM_BASE_URL",
  // Our ids are `{chat}:{message}`, and the id of a private chat is the contact's id.
  messageIdsAreOpaque: false,
  account: {
    address: BOT_ID,
    externalId: BOT_ID,
    secrets: z.strictObject({ inbound: SECRET_TOKEN, outbound: BOT_TOKEN }),
  },
  readAccount(settings) {
    const { TELEGRAM_BOT_TOKEN: token, TELEGRAM_WEBHOOK_SECRET_TOKEN: secret } = settings;
    const [botId = ""] = token.split(":");
    const inbound = listSecrets(secret, settings.TELEGRAM_WEBHOOK_SECRET_TOKEN_PREVIOUS);
    const { TELEGRAM_AGENT_IDS: agents, TELEGRAM_BOT_USERNAME: username } = settings;
    const secrets = { inbound, outbound: [token] };
    return { address: botId, externalId: botId, secrets, settings: toSharedPlaceSettings(agents, username) };
  },
  sandbox: {
    fake: "telegram",
    realWith: "TELEGRAM_BOT_TOKEN",
    createSecrets: ({ hex }) => ({
      TELEGRAM_BOT_TOKEN: `100000000:${hex()}`,
      TELEGRAM_WEBHOOK_SECRET_TOKEN: hex(),
    }),
    createSettings: (fakeUrl) => ({ TELEGRAM_BASE_URL: fakeUrl }),
  },
});
