import type { AccountSettings, ChannelAccount } from "../../db/tenants/channel-account.ts";
import type { Config } from "../runtime/config/config.ts";

/** The account that the settings in the environment describe; others come by API. */
export const DEFAULT_ACCOUNT = "main";

type ConfiguredAccount = Omit<ChannelAccount, "tenantId" | "accountId">;

/** One account for each channel whose settings are there. What belongs together was checked when they were read. */
export function readConfiguredAccounts(config: Config): ChannelAccount[] {
  const candidates = [
    readTwilioSms(config),
    readTwilioWhatsapp(config),
    readWhatsapp(config),
    readMessenger(config),
    readInstagram(config),
    readTelegram(config),
    readSlack(config),
    readWebhook(config),
    readWebChat(config),
  ];
  return candidates
    .filter((account) => account !== null)
    .map((account) => ({ ...account, tenantId: config.PARLEY_TENANT, accountId: DEFAULT_ACCOUNT }));
}

function readTwilioSms(config: Config): ConfiguredAccount | null {
  const { TWILIO_ACCOUNT_SID: sid, TWILIO_AUTH_TOKEN: token, TWILIO_FROM: from } = config;
  if (sid === undefined || token === undefined || from === undefined) return null;
  const inbound = omitUndefined(token, config.TWILIO_AUTH_TOKEN_PREVIOUS);
  return {
    channel: "twilio-sms",
    address: from,
    externalId: sid,
    secrets: { inbound, outbound: [token] },
    settings: quietWindow(config.PARLEY_QUIET_WINDOW_SMS_MS),
  };
}

function readTwilioWhatsapp(config: Config): ConfiguredAccount | null {
  const { TWILIO_WHATSAPP_FROM: from } = config;
  const sms = readTwilioSms(config);
  if (sms === null || from === undefined) return null;
  return { ...sms, channel: "twilio-whatsapp", address: from, settings: {} };
}

function readWhatsapp(config: Config): ConfiguredAccount | null {
  const { WHATSAPP_PHONE_NUMBER_ID: id, WHATSAPP_ACCESS_TOKEN: token, WHATSAPP_APP_SECRET: secret } = config;
  if (id === undefined || token === undefined || secret === undefined) return null;
  const inbound = omitUndefined(secret, config.WHATSAPP_APP_SECRET_PREVIOUS);
  return {
    channel: "whatsapp",
    address: id,
    externalId: id,
    secrets: { inbound, outbound: [token], ...handshake(config.WHATSAPP_VERIFY_TOKEN) },
    settings: {},
  };
}

function readMessenger(config: Config): ConfiguredAccount | null {
  const { FACEBOOK_PAGE_ID: page, FACEBOOK_APP_ID: app, FACEBOOK_PAGE_ACCESS_TOKEN: token } = config;
  const { FACEBOOK_APP_SECRET: secret } = config;
  if (page === undefined || app === undefined || token === undefined || secret === undefined) return null;
  const inbound = omitUndefined(secret, config.FACEBOOK_APP_SECRET_PREVIOUS);
  return {
    channel: "messenger",
    address: app,
    externalId: page,
    secrets: { inbound, outbound: [token], ...handshake(config.FACEBOOK_VERIFY_TOKEN) },
    settings: {},
  };
}

function readInstagram(config: Config): ConfiguredAccount | null {
  const { INSTAGRAM_ACCOUNT_ID: id, INSTAGRAM_APP_ID: app, INSTAGRAM_ACCESS_TOKEN: token } = config;
  const { INSTAGRAM_APP_SECRET: secret } = config;
  if (id === undefined || app === undefined || token === undefined || secret === undefined) return null;
  const inbound = omitUndefined(secret, config.INSTAGRAM_APP_SECRET_PREVIOUS);
  return {
    channel: "instagram",
    address: app,
    externalId: id,
    secrets: { inbound, outbound: [token], ...handshake(config.INSTAGRAM_VERIFY_TOKEN) },
    settings: {},
  };
}

function readTelegram(config: Config): ConfiguredAccount | null {
  const { TELEGRAM_BOT_TOKEN: token, TELEGRAM_WEBHOOK_SECRET_TOKEN: secret } = config;
  if (token === undefined || secret === undefined) return null;
  const [botId = ""] = token.split(":");
  const inbound = omitUndefined(secret, config.TELEGRAM_WEBHOOK_SECRET_TOKEN_PREVIOUS);
  return {
    channel: "telegram",
    address: botId,
    externalId: botId,
    secrets: { inbound, outbound: [token] },
    settings: {},
  };
}

function readSlack(config: Config): ConfiguredAccount | null {
  const { SLACK_TEAM_ID: team, SLACK_BOT_USER_ID: bot, SLACK_BOT_TOKEN: token } = config;
  const { SLACK_SIGNING_SECRET: secret } = config;
  if (team === undefined || bot === undefined || token === undefined || secret === undefined) return null;
  const inbound = omitUndefined(secret, config.SLACK_SIGNING_SECRET_PREVIOUS);
  return {
    channel: "slack",
    address: bot,
    externalId: team,
    secrets: { inbound, outbound: [token] },
    settings: {},
  };
}

function readWebhook(config: Config): ConfiguredAccount | null {
  const { WEBHOOK_SECRET: secret, WEBHOOK_DELIVERY_URL: url, WEBHOOK_DELIVERY_SECRET: signing } = config;
  if (secret === undefined || url === undefined || signing === undefined) return null;
  const inbound = omitUndefined(secret, config.WEBHOOK_SECRET_PREVIOUS);
  const outbound = omitUndefined(signing, config.WEBHOOK_DELIVERY_SECRET_PREVIOUS);
  return {
    channel: "webhook",
    address: url,
    externalId: null,
    secrets: { inbound, outbound },
    settings: quietWindow(config.PARLEY_QUIET_WINDOW_WEBHOOK_MS),
  };
}

/** There is no vendor and no key: what it needs to know is which pages may show it. */
function readWebChat(config: Config): ConfiguredAccount {
  const { WEB_ALLOWED_ORIGINS: origins, PUBLIC_BASE_URL: address } = config;
  return {
    channel: "web",
    address,
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

function omitUndefined(...values: (string | undefined)[]): string[] {
  return values.filter((value) => value !== undefined);
}
