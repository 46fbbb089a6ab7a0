import type { AccountSettings, ChannelAccount } from "../../db/channel-account.ts";
import type { Config } from "../runtime/config.ts";

/** The account that the settings in the environment describe; others come by API. */
export const DEFAULT_ACCOUNT = "main";

type Described = Omit<ChannelAccount, "tenantId" | "accountId">;

/** One account for each channel whose settings are there. What belongs together was checked when they were read. */
export function configuredAccounts(config: Config): ChannelAccount[] {
  const described = [
    twilioSms(config),
    twilioWhatsapp(config),
    whatsapp(config),
    messenger(config),
    instagram(config),
    telegram(config),
    slack(config),
    webhook(config),
    webChat(config),
  ];
  return described
    .filter((account) => account !== null)
    .map((account) => ({ ...account, tenantId: config.PARLEY_TENANT, accountId: DEFAULT_ACCOUNT }));
}

function twilioSms(config: Config): Described | null {
  const { TWILIO_ACCOUNT_SID: sid, TWILIO_AUTH_TOKEN: token, TWILIO_FROM: from } = config;
  if (sid === undefined || token === undefined || from === undefined) return null;
  const inbound = present(token, config.TWILIO_AUTH_TOKEN_PREVIOUS);
  return {
    channel: "twilio-sms",
    sender: from,
    externalId: sid,
    secrets: { inbound, outbound: [token] },
    settings: quietWindow(config.PARLEY_QUIET_WINDOW_SMS_MS),
  };
}

function twilioWhatsapp(config: Config): Described | null {
  const { TWILIO_WHATSAPP_FROM: from } = config;
  const sms = twilioSms(config);
  if (sms === null || from === undefined) return null;
  return { ...sms, channel: "twilio-whatsapp", sender: from, settings: {} };
}

function whatsapp(config: Config): Described | null {
  const { WHATSAPP_PHONE_NUMBER_ID: id, WHATSAPP_ACCESS_TOKEN: token, WHATSAPP_APP_SECRET: secret } = config;
  if (id === undefined || token === undefined || secret === undefined) return null;
  const inbound = present(secret, config.WHATSAPP_APP_SECRET_PREVIOUS);
  return {
    channel: "whatsapp",
    sender: id,
    externalId: id,
    secrets: { inbound, outbound: [token], ...handshake(config.WHATSAPP_VERIFY_TOKEN) },
    settings: {},
  };
}

function messenger(config: Config): Described | null {
  const { FACEBOOK_PAGE_ID: page, FACEBOOK_APP_ID: app, FACEBOOK_PAGE_ACCESS_TOKEN: token } = config;
  const { FACEBOOK_APP_SECRET: secret } = config;
  if (page === undefined || app === undefined || token === undefined || secret === undefined) return null;
  const inbound = present(secret, config.FACEBOOK_APP_SECRET_PREVIOUS);
  return {
    channel: "messenger",
    sender: app,
    externalId: page,
    secrets: { inbound, outbound: [token], ...handshake(config.FACEBOOK_VERIFY_TOKEN) },
    settings: {},
  };
}

function instagram(config: Config): Described | null {
  const { INSTAGRAM_ACCOUNT_ID: id, INSTAGRAM_APP_ID: app, INSTAGRAM_ACCESS_TOKEN: token } = config;
  const { INSTAGRAM_APP_SECRET: secret } = config;
  if (id === undefined || app === undefined || token === undefined || secret === undefined) return null;
  const inbound = present(secret, config.INSTAGRAM_APP_SECRET_PREVIOUS);
  return {
    channel: "instagram",
    sender: app,
    externalId: id,
    secrets: { inbound, outbound: [token], ...handshake(config.INSTAGRAM_VERIFY_TOKEN) },
    settings: {},
  };
}

function telegram(config: Config): Described | null {
  const { TELEGRAM_BOT_TOKEN: token, TELEGRAM_WEBHOOK_SECRET_TOKEN: secret } = config;
  if (token === undefined || secret === undefined) return null;
  const [botId = ""] = token.split(":");
  const inbound = present(secret, config.TELEGRAM_WEBHOOK_SECRET_TOKEN_PREVIOUS);
  return {
    channel: "telegram",
    sender: botId,
    externalId: botId,
    secrets: { inbound, outbound: [token] },
    settings: {},
  };
}

function slack(config: Config): Described | null {
  const { SLACK_TEAM_ID: team, SLACK_BOT_USER_ID: bot, SLACK_BOT_TOKEN: token } = config;
  const { SLACK_SIGNING_SECRET: secret } = config;
  if (team === undefined || bot === undefined || token === undefined || secret === undefined) return null;
  const inbound = present(secret, config.SLACK_SIGNING_SECRET_PREVIOUS);
  return {
    channel: "slack",
    sender: bot,
    externalId: team,
    secrets: { inbound, outbound: [token] },
    settings: {},
  };
}

function webhook(config: Config): Described | null {
  const { WEBHOOK_SECRET: secret, WEBHOOK_DELIVERY_URL: url, WEBHOOK_DELIVERY_SECRET: signing } = config;
  if (secret === undefined || url === undefined || signing === undefined) return null;
  const inbound = present(secret, config.WEBHOOK_SECRET_PREVIOUS);
  const outbound = present(signing, config.WEBHOOK_DELIVERY_SECRET_PREVIOUS);
  return {
    channel: "webhook",
    sender: url,
    externalId: null,
    secrets: { inbound, outbound },
    settings: quietWindow(config.PARLEY_QUIET_WINDOW_WEBHOOK_MS),
  };
}

/** There is no vendor and no key: what it needs to know is which pages may show it. */
function webChat(config: Config): Described {
  const { WEB_ALLOWED_ORIGINS: origins, PUBLIC_BASE_URL: sender } = config;
  return {
    channel: "web",
    sender,
    externalId: null,
    secrets: { inbound: [], outbound: [] },
    settings: origins === undefined ? {} : { origins },
  };
}

function quietWindow(quietWindowMs: number | undefined): AccountSettings {
  return quietWindowMs === undefined ? {} : { quietWindowMs };
}

function handshake(token: string | undefined) {
  return token === undefined ? {} : { handshake: token };
}

function present(...values: (string | undefined)[]): string[] {
  return values.filter((value) => value !== undefined);
}
