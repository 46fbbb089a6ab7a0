import { BOT_USER } from "./fakes/slack/format-post.ts";
import type { FakeName } from "./fakes/registry.ts";

type Environment = Readonly<Record<string, string | undefined>>;
type Settings = Record<string, string>;
export type FakeUrls = Readonly<Record<FakeName, string>>;

/**
 * The settings of each vendor: called for real where its key is there, stood in for by what is listed here where it is not. The
 * ids are made up; the secrets are this data folder's own.
 */
const FAKE_SETTINGS: readonly { key: string; settings(secrets: Settings, urls: FakeUrls): Settings }[] = [
  {
    key: "OPENAI_API_KEY",
    settings: (_, urls) => ({
      OPENAI_API_KEY: "sk-no-key-needed-here",
      OPENAI_BASE_URL: `${urls.openai}/v1`,
    }),
  },
  {
    key: "PINECONE_API_KEY",
    settings: (_, urls) => ({
      PINECONE_API_KEY: "pc-no-key-needed-here",
      PINECONE_CONTROLLER_HOST: urls.pinecone,
    }),
  },
  {
    key: "TWILIO_AUTH_TOKEN",
    settings: (secrets, urls) => ({
      ...pickSettings(secrets, "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"),
      TWILIO_FROM: "+15550100100",
      TWILIO_WHATSAPP_FROM: "+15550100101",
      TWILIO_BASE_URL: urls.twilio,
    }),
  },
  {
    key: "WHATSAPP_ACCESS_TOKEN",
    settings: (secrets, urls) => ({
      ...pickSettings(secrets, "WHATSAPP_ACCESS_TOKEN", "WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN"),
      WHATSAPP_PHONE_NUMBER_ID: "100000000000103",
      WHATSAPP_BASE_URL: urls.whatsapp,
    }),
  },
  {
    key: "FACEBOOK_PAGE_ACCESS_TOKEN",
    settings: (secrets, urls) => ({
      ...pickSettings(secrets, "FACEBOOK_PAGE_ACCESS_TOKEN", "FACEBOOK_APP_SECRET", "FACEBOOK_VERIFY_TOKEN"),
      FACEBOOK_PAGE_ID: "100000000000101",
      FACEBOOK_APP_ID: "100000000000100",
      FACEBOOK_BASE_URL: urls.messenger,
    }),
  },
  {
    key: "INSTAGRAM_ACCESS_TOKEN",
    settings: (secrets, urls) => ({
      ...pickSettings(secrets, "INSTAGRAM_ACCESS_TOKEN", "INSTAGRAM_APP_SECRET", "INSTAGRAM_VERIFY_TOKEN"),
      INSTAGRAM_ACCOUNT_ID: "17840000000000102",
      INSTAGRAM_APP_ID: "100000000000100",
      // The Messenger fake plays Instagram's host under this path.
      INSTAGRAM_BASE_URL: `${urls.messenger}/graph.instagram.com`,
    }),
  },
  {
    key: "TELEGRAM_BOT_TOKEN",
    settings: (secrets, urls) => ({
      ...pickSettings(secrets, "TELEGRAM_BOT_TOKEN", "TELEGRAM_WEBHOOK_SECRET_TOKEN"),
      TELEGRAM_BASE_URL: urls.telegram,
    }),
  },
  {
    key: "SLACK_BOT_TOKEN",
    settings: (secrets, urls) => ({
      ...pickSettings(secrets, "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"),
      SLACK_TEAM_ID: "T0PARLEY000",
      SLACK_BOT_USER_ID: BOT_USER,
      SLACK_BASE_URL: `${urls.slack}/api`,
    }),
  },
];

/** What our own processes are told about the vendors, beside what the environment says already. */
export function createVendorSettings(given: Environment, secrets: Settings, urls: FakeUrls): Settings {
  const faked = FAKE_SETTINGS.filter(({ key }) => !given[key]);
  return {
    ...Object.assign({}, ...faked.map(({ settings }) => settings(secrets, urls))),
    ...(given["WEBHOOK_SECRET"] ? {} : createWebhookSettings(given, secrets, urls)),
    ...(given["PARLEY_ENCRYPTION_KEYS"] ? {} : pickSettings(secrets, "PARLEY_ENCRYPTION_KEYS")),
    ...(given["PARLEY_HASH_KEY"] ? {} : pickSettings(secrets, "PARLEY_HASH_KEY")),
    EGRESS_ALLOW_HTTP: "true",
    EGRESS_ALLOW_HOSTS: Object.values(urls)
      .map((url) => new URL(url).host)
      .join(","),
  };
}

function createWebhookSettings(given: Environment, secrets: Settings, urls: FakeUrls): Settings {
  return {
    ...pickSettings(secrets, "WEBHOOK_SECRET"),
    // The sink checks with the same one.
    WEBHOOK_DELIVERY_SECRET: given["WEBHOOK_DELIVERY_SECRET"] ?? secrets["WEBHOOK_DELIVERY_SECRET"] ?? "",
    WEBHOOK_DELIVERY_URL: `${urls.sink}/hooks/replies`,
  };
}

function pickSettings(secrets: Settings, ...names: string[]): Settings {
  return Object.fromEntries(names.map((name) => [name, secrets[name] ?? ""]));
}
