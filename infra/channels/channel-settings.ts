import { z } from "zod";
import { httpUrl, origins, secret, signingSecret, verifyingSecret } from "../runtime/config/setting-kinds.ts";

const digits = (what: string) => z.string().regex(/^\d{5,32}$/, `must be ${what}, digits only`);
const verifyToken = secret.optional();

/** One account per channel may be described by the environment, under the vendors' own names; others come by API. */
export const CHANNEL_SETTINGS = {
  TWILIO_ACCOUNT_SID: z
    .string()
    .regex(/^AC[0-9a-f]{32}$/i, "must be AC and 32 hexadecimal digits")
    .optional(),
  TWILIO_AUTH_TOKEN: secret.optional(),
  TWILIO_AUTH_TOKEN_PREVIOUS: secret.optional(),
  TWILIO_FROM: z
    .string()
    .regex(
      /^(\+[1-9]\d{6,14}|MG[0-9a-f]{32})$/i,
      "must be a number such as +15550100200 or a MessagingServiceSid",
    )
    .optional(),
  TWILIO_WHATSAPP_FROM: z
    .string()
    .regex(/^\+[1-9]\d{6,14}$/, "must be the WhatsApp number at Twilio, such as +15550100200")
    .optional(),
  TWILIO_BASE_URL: httpUrl.default("https://api.twilio.com"),

  WHATSAPP_PHONE_NUMBER_ID: digits("the phone_number_id").optional(),
  WHATSAPP_ACCESS_TOKEN: secret.optional(),
  WHATSAPP_APP_SECRET: secret.optional(),
  WHATSAPP_APP_SECRET_PREVIOUS: secret.optional(),
  WHATSAPP_VERIFY_TOKEN: verifyToken,
  WHATSAPP_BASE_URL: httpUrl.default("https://graph.facebook.com"),

  FACEBOOK_PAGE_ID: digits("the page's id").optional(),
  FACEBOOK_APP_ID: digits("the Meta app's id").optional(),
  FACEBOOK_PAGE_ACCESS_TOKEN: secret.optional(),
  FACEBOOK_APP_SECRET: secret.optional(),
  FACEBOOK_APP_SECRET_PREVIOUS: secret.optional(),
  FACEBOOK_VERIFY_TOKEN: verifyToken,
  FACEBOOK_BASE_URL: httpUrl.default("https://graph.facebook.com"),

  INSTAGRAM_ACCOUNT_ID: digits("the Instagram professional account's id").optional(),
  INSTAGRAM_APP_ID: digits("the Meta app's id").optional(),
  INSTAGRAM_ACCESS_TOKEN: secret.optional(),
  INSTAGRAM_APP_SECRET: secret.optional(),
  INSTAGRAM_APP_SECRET_PREVIOUS: secret.optional(),
  INSTAGRAM_VERIFY_TOKEN: verifyToken,
  INSTAGRAM_BASE_URL: httpUrl.default("https://graph.instagram.com"),

  TELEGRAM_BOT_TOKEN: z
    .string()
    .regex(/^\d{3,20}:[\w-]{10,}$/, "must be the bot's token as BotFather gives it, such as 123456:ABC…")
    .optional(),
  TELEGRAM_WEBHOOK_SECRET_TOKEN: telegramSecret().optional(),
  TELEGRAM_WEBHOOK_SECRET_TOKEN_PREVIOUS: telegramSecret().optional(),
  TELEGRAM_BASE_URL: httpUrl.default("https://api.telegram.org"),

  SLACK_TEAM_ID: z
    .string()
    .regex(/^[TE][A-Z0-9]{2,}$/, "must be the workspace's id, such as T0123456789")
    .optional(),
  SLACK_BOT_USER_ID: z
    .string()
    .regex(/^[UWB][A-Z0-9]{2,}$/, "must be the bot's user id, such as U0123456789")
    .optional(),
  SLACK_BOT_TOKEN: secret.optional(),
  SLACK_SIGNING_SECRET: secret.optional(),
  SLACK_SIGNING_SECRET_PREVIOUS: secret.optional(),
  SLACK_BASE_URL: httpUrl.default("https://slack.com/api"),

  WEBHOOK_SECRET: verifyingSecret.optional(),
  WEBHOOK_SECRET_PREVIOUS: verifyingSecret.optional(),
  WEBHOOK_DELIVERY_URL: httpUrl.optional(),
  WEBHOOK_DELIVERY_SECRET: signingSecret.optional(),
  WEBHOOK_DELIVERY_SECRET_PREVIOUS: signingSecret.optional(),

  WEB_ALLOWED_ORIGINS: origins.optional(),
};

export const CHANNEL_SECRETS = [
  "TWILIO_AUTH_TOKEN",
  "TWILIO_AUTH_TOKEN_PREVIOUS",
  "WHATSAPP_ACCESS_TOKEN",
  "WHATSAPP_APP_SECRET",
  "WHATSAPP_APP_SECRET_PREVIOUS",
  "WHATSAPP_VERIFY_TOKEN",
  "FACEBOOK_PAGE_ACCESS_TOKEN",
  "FACEBOOK_APP_SECRET",
  "FACEBOOK_APP_SECRET_PREVIOUS",
  "FACEBOOK_VERIFY_TOKEN",
  "INSTAGRAM_ACCESS_TOKEN",
  "INSTAGRAM_APP_SECRET",
  "INSTAGRAM_APP_SECRET_PREVIOUS",
  "INSTAGRAM_VERIFY_TOKEN",
  "TELEGRAM_BOT_TOKEN",
  "TELEGRAM_WEBHOOK_SECRET_TOKEN",
  "TELEGRAM_WEBHOOK_SECRET_TOKEN_PREVIOUS",
  "SLACK_BOT_TOKEN",
  "SLACK_SIGNING_SECRET",
  "SLACK_SIGNING_SECRET_PREVIOUS",
  "WEBHOOK_SECRET",
  "WEBHOOK_SECRET_PREVIOUS",
  "WEBHOOK_DELIVERY_SECRET",
  "WEBHOOK_DELIVERY_SECRET_PREVIOUS",
] as const satisfies readonly (keyof typeof CHANNEL_SETTINGS)[];

/** Settings that only make sense together: where one of a channel is there, all have to be. */
export const CHANNEL_GROUPS = [
  ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM"],
  ["WHATSAPP_PHONE_NUMBER_ID", "WHATSAPP_ACCESS_TOKEN", "WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN"],
  [
    "FACEBOOK_PAGE_ID",
    "FACEBOOK_APP_ID",
    "FACEBOOK_PAGE_ACCESS_TOKEN",
    "FACEBOOK_APP_SECRET",
    "FACEBOOK_VERIFY_TOKEN",
  ],
  [
    "INSTAGRAM_ACCOUNT_ID",
    "INSTAGRAM_APP_ID",
    "INSTAGRAM_ACCESS_TOKEN",
    "INSTAGRAM_APP_SECRET",
    "INSTAGRAM_VERIFY_TOKEN",
  ],
  ["TELEGRAM_BOT_TOKEN", "TELEGRAM_WEBHOOK_SECRET_TOKEN"],
  ["SLACK_TEAM_ID", "SLACK_BOT_USER_ID", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"],
  ["WEBHOOK_SECRET", "WEBHOOK_DELIVERY_URL", "WEBHOOK_DELIVERY_SECRET"],
] as const satisfies readonly (readonly (keyof typeof CHANNEL_SETTINGS)[])[];

/** Settings that mean something only beside another one. */
export const CHANNEL_DEPENDENCIES = Object.freeze({
  TWILIO_WHATSAPP_FROM: "TWILIO_ACCOUNT_SID",
  TWILIO_AUTH_TOKEN_PREVIOUS: "TWILIO_AUTH_TOKEN",
  WHATSAPP_APP_SECRET_PREVIOUS: "WHATSAPP_APP_SECRET",
  FACEBOOK_APP_SECRET_PREVIOUS: "FACEBOOK_APP_SECRET",
  INSTAGRAM_APP_SECRET_PREVIOUS: "INSTAGRAM_APP_SECRET",
  TELEGRAM_WEBHOOK_SECRET_TOKEN_PREVIOUS: "TELEGRAM_WEBHOOK_SECRET_TOKEN",
  SLACK_SIGNING_SECRET_PREVIOUS: "SLACK_SIGNING_SECRET",
  WEBHOOK_SECRET_PREVIOUS: "WEBHOOK_SECRET",
  WEBHOOK_DELIVERY_SECRET_PREVIOUS: "WEBHOOK_DELIVERY_SECRET",
}) satisfies Partial<Record<keyof typeof CHANNEL_SETTINGS, keyof typeof CHANNEL_SETTINGS>>;

function telegramSecret() {
  return z.string().regex(/^[\w-]{1,256}$/, "must be 1 to 256 letters, digits, _ and -");
}
