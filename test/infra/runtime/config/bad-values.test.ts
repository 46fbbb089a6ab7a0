import { expect, it } from "vitest";
import type { SettingName } from "../../../../infra/runtime/config/config-schema.ts";
import { ConfigError, loadConfig } from "../../../../infra/runtime/config/config.ts";
import { KEYS_OF_SERVERS } from "../../../../infra/runtime/config/model-settings.ts";
import { EVERY_CHANNEL } from "../../../support/channels/channel-samples.ts";

const KEY = Buffer.alloc(32, 7).toString("base64");
const MODEL_KEYS = Object.fromEntries(Object.values(KEYS_OF_SERVERS).map((name) => [name, "sk-own"]));
const SOUND: Readonly<Record<string, string>> = {
  ...EVERY_CHANNEL,
  DATABASE_URL: "postgres://parley:db-password@db.internal:5432/parley",
  OPENAI_API_KEY: "sk-openai",
  PINECONE_API_KEY: "pc-pinecone",
  PARLEY_ENCRYPTION_KEYS: `k1:${KEY}`,
  PARLEY_HASH_KEY: KEY,
  TEMPORAL_DEPLOYMENT_NAME: "parley",
  CODEC_SERVER_TOKEN: "c".repeat(24),
  ...MODEL_KEYS,
};

const NUMBERS = ["-1", "1.5", "1e3", "0x10", " 1", "many", "9999999999"];
const COUNTS = ["0", ...NUMBERS];
const WORDS = [" ", "two words", "line\nbreak", "naïve", "x".repeat(201)];
const SECRET = [" ", "two words", "line\nbreak", "naïve"];
const COMPARED = [" ", " padded", "padded ", "line\nbreak", "\0"];
const URLS = [
  "chat.example.com",
  "ftp://chat.example.com",
  "https://chat example.com",
  "https://",
  "https://chat.example.com:99999",
  "https://user:password@chat.example.com",
  "https://chat.example.com/#part",
];
const BASE_URLS = [...URLS, "https://chat.example.com/?a=b"];
const HOST_PORTS = ["db", "db:", "db:0", "db:99999", "http://db:80", "db:80/x", "a b:80"];
const DIGITS = ["12", "12345x", "1".repeat(33), "٣٤٥٦٧"];
const PRICES = ["1", "1,2", "1,2,3,4", "1;2;3", "-1,0,0", "1,2,", "1, 2, 3", "free", "1.1234567,1,1"];
const KEYS = ["short", Buffer.alloc(31).toString("base64"), `!${KEY.slice(1)}`];
const WEBHOOK_SECRETS = ["secret", "whsec_", "whsec_short", `whpk_${"A".repeat(10)}`];
const PROXIES = [
  "proxy.internal:3128",
  "socks5://proxy.internal:1080",
  "http://proxy.internal:99999",
  "http://proxy.internal/path",
  "http://parley:100%@proxy.internal:3128",
  "http://parley:%ff@proxy.internal:3128",
];
const DATABASES = [
  "db.internal",
  "mysql://db/parley",
  "postgres://db:99999/parley",
  "postgres://db:/parley",
  "postgres://parley:100%@db/parley",
  "postgres://parley:password@/parley",
  "postgres:///parley",
  "postgres://db,/parley",
  "postgres://db one/parley",
  "postgres://a,b/parley?port=1,2,3",
  "postgres://a/parley?host=b",
  "postgres://db/parley?host=/run/postgresql",
  "postgres://db/parley?sslrootcert=/nowhere/root.pem",
  "postgres://db/parley?sslmode=verify-full&sslrootcert=/nowhere/root.pem",
  "postgres://db/parley?sslmode=verify-full&sslrootcert=package.json",
  "postgres://db/parley?sslmode=verify-full&sslcert=package.json",
  "postgres://db/parley?sslmode=verify-ca",
  "postgres://db/parley?sslmode=prefer",
  "postgres://db/parley?sslmode=allow",
  "postgres://db/parley?channel_binding=require",
  "postgres://db/parley?target_session_attrs=standby",
  "postgres://db/parley?statement_timeout=0",
  "postgres://db/parley?options=-c%20timezone%3DCET",
  "postgres://db/parley#part",
];
const REDISES = [
  "redis.internal:6379",
  "http://redis:6379",
  "redis://:100%@redis",
  "redis://redis/cache",
  "redis://redis:99999",
  "redis://",
  "redis://a,b",
  "redis://redis?ssl_ca_certs=package.json",
  "redis://redis?socketTimeout=0",
  "rediss://redis?ssl_ca_certs=/nowhere/ca.pem",
  "rediss://redis?ssl_ca_certs=package.json",
  "rediss://redis?ssl_certfile=package.json",
  "rediss://redis?ssl_cert_reqs=optional",
  "rediss://redis?ssl_check_hostname=maybe",
  "redis+cluster://a,b/1",
  "redis+sentinel://a,b",
  "redis+sentinel://a/main/cache",
  "redis+failover://a",
  "unix://host/run/redis.sock",
  "unix:///run/redis.sock?db=one",
];

/** Values that each setting refuses. A new setting does not compile without some. */
const BAD: Readonly<Record<SettingName, readonly string[]>> = {
  NODE_ENV: ["prod", "Production"],
  LOG_LEVEL: ["loud", "INFO"],
  HOST: ["http://127.0.0.1", "a b", "127.0.0.1/8", "[::1]"],
  PORT: ["65536", ...NUMBERS],
  PUBLIC_BASE_URL: BASE_URLS,
  TRUSTED_PROXIES: [
    "::ffff:0.0.0.0/96",
    "::ffff:10.0.0.0/8",
    "::ffff:10.0.0.0/129",
    "10.0.0.0/33",
    "10.0.0.0/0",
    "10.0.0/8",
    "10.0.0.0/",
    "2001:db8::/129",
    "proxy.internal",
    "loopback,",
    "10.0.0.1:80",
    "999.0.0.1",
    "constructor",
  ],
  BODY_LIMIT_BYTES: COUNTS,
  SHUTDOWN_GRACE_MS: NUMBERS,
  SHUTDOWN_UNREADY_MS: ["60001", ...NUMBERS],
  SPOOL_DIR: [],
  PARLEY_CHECK_AT_START: ["yes", "1"],
  SPOOL_LIMIT_BYTES: ["65535", ...NUMBERS],
  TEMPORAL_ADDRESS: HOST_PORTS,
  TEMPORAL_NAMESPACE: WORDS,
  PARLEY_TEMPORAL_UI_URL: URLS,
  PARLEY_TASK_QUEUE: ["a/b", ...WORDS],
  TEMPORAL_DEPLOYMENT_NAME: ["a.b", ...WORDS],
  TEMPORAL_WORKER_BUILD_ID: ["a.b", ...WORDS],
  TEMPORAL_ACCEPT_PLAIN_PAYLOADS: ["yes", "1", "TRUE"],
  CODEC_SERVER_PORT: ["0", "65536", ...NUMBERS],
  CODEC_SERVER_TOKEN: ["short", `${"c".repeat(24)}/`, `${"c".repeat(24)} c`],
  DATABASE_URL: DATABASES,
  DATABASE_DIRECT_URL: DATABASES,
  DATABASE_POOL_MAX: ["501", ...COUNTS],
  REDIS_URL: REDISES,
  OPENAI_API_KEY: SECRET,
  OPENAI_BASE_URL: URLS,
  OPENAI_ORG_ID: WORDS,
  OPENAI_PROJECT_ID: WORDS,
  PARLEY_MODEL_API: ["completions"],
  PARLEY_MODEL_FULL: WORDS,
  PARLEY_MODEL_SMALLER: WORDS,
  PARLEY_MODEL_CALLS_PER_SECOND: COUNTS,
  PARLEY_MODEL_CALL_PLACE: ["main", "Auto"],
  PARLEY_EMBEDDING_MODEL: WORDS,
  PARLEY_EMBEDDING_DIMENSIONS: ["4097", ...COUNTS],
  PARLEY_MODEL_FULL_BASE_URL: URLS,
  PARLEY_MODEL_FULL_API_KEY: SECRET,
  PARLEY_MODEL_FULL_API: ["completions"],
  PARLEY_MODEL_FULL_EFFORT: ["off", "None"],
  PARLEY_MODEL_FULL_OUTPUT_TOKENS: ["15", "200001", ...COUNTS],
  PARLEY_MODEL_FULL_PRICES: PRICES,
  PARLEY_MODEL_SMALLER_BASE_URL: URLS,
  PARLEY_MODEL_SMALLER_API_KEY: SECRET,
  PARLEY_MODEL_SMALLER_API: ["completions"],
  PARLEY_MODEL_SMALLER_EFFORT: ["off", "None"],
  PARLEY_MODEL_SMALLER_OUTPUT_TOKENS: ["15", "200001", ...COUNTS],
  PARLEY_MODEL_SMALLER_PRICES: PRICES,
  PARLEY_EMBEDDING_BASE_URL: URLS,
  PARLEY_EMBEDDING_API_KEY: SECRET,
  PARLEY_EMBEDDING_PRICE: ["-1", "0,02", "free", "1.1234567", "$1"],
  PINECONE_API_KEY: SECRET,
  PINECONE_CONTROLLER_HOST: BASE_URLS,
  PARLEY_PINECONE_INDEX: ["Parley", "-parley", "p".repeat(37), ...WORDS],
  PARLEY_PINECONE_CLOUD: ["AWS", "on premises"],
  PARLEY_PINECONE_REGION: WORDS,
  PARLEY_ENCRYPTION_KEYS: [KEY, `k1:${KEY},`, `k1:${KEY},k1:${KEY}`, ...KEYS.map((key) => `k1:${key}`)],
  PARLEY_HASH_KEY: KEYS,
  PARLEY_ADMIN_TOKEN: ["short", `two words ${"a".repeat(32)}`, `naïve${"a".repeat(32)}`],
  PARLEY_TENANT: ["a b", "a/b", "x".repeat(65)],
  PARLEY_BUSINESS_NAME: [" ", "x".repeat(201)],
  PARLEY_DAILY_BUDGET_USD: ["-1", "1e3", "12,50", "1000000", "$5", "1.12345"],
  PARLEY_CONTACT_RATE_PER_MINUTE: COUNTS,
  PARLEY_CONTACT_RATE_BURST: COUNTS,
  PARLEY_TENANT_RATE_PER_MINUTE: COUNTS,
  PARLEY_TENANT_RATE_BURST: COUNTS,
  PARLEY_API_RATE_PER_MINUTE: COUNTS,
  PARLEY_API_RATE_BURST: COUNTS,
  PARLEY_QUIET_CAP_MS: NUMBERS,
  PARLEY_QUIET_CAP_MESSAGES: COUNTS,
  WEBHOOK_SECRET: WEBHOOK_SECRETS,
  WEBHOOK_SECRET_PREVIOUS: WEBHOOK_SECRETS,
  WEBHOOK_DELIVERY_URL: URLS,
  WEBHOOK_DELIVERY_SECRET: WEBHOOK_SECRETS,
  WEBHOOK_DELIVERY_SECRET_PREVIOUS: WEBHOOK_SECRETS,
  PARLEY_QUIET_WINDOW_WEBHOOK_MS: ["10001", ...NUMBERS],
  TWILIO_ACCOUNT_SID: ["AC1", `SK${"0".repeat(32)}`],
  TWILIO_AUTH_TOKEN: SECRET,
  TWILIO_AUTH_TOKEN_PREVIOUS: SECRET,
  TWILIO_FROM: ["15550100200", "+0155501002", "a b"],
  TWILIO_BASE_URL: BASE_URLS,
  PARLEY_QUIET_WINDOW_SMS_MS: ["10001", ...NUMBERS],
  TWILIO_WHATSAPP_FROM: ["whatsapp:+15550100200", "15550100200"],
  WHATSAPP_PHONE_NUMBER_ID: DIGITS,
  WHATSAPP_ACCESS_TOKEN: SECRET,
  WHATSAPP_APP_SECRET: SECRET,
  WHATSAPP_APP_SECRET_PREVIOUS: SECRET,
  WHATSAPP_VERIFY_TOKEN: COMPARED,
  WHATSAPP_BASE_URL: BASE_URLS,
  FACEBOOK_PAGE_ID: DIGITS,
  FACEBOOK_APP_ID: DIGITS,
  FACEBOOK_PAGE_ACCESS_TOKEN: SECRET,
  FACEBOOK_APP_SECRET: SECRET,
  FACEBOOK_APP_SECRET_PREVIOUS: SECRET,
  FACEBOOK_VERIFY_TOKEN: COMPARED,
  FACEBOOK_BASE_URL: BASE_URLS,
  INSTAGRAM_ACCOUNT_ID: DIGITS,
  INSTAGRAM_APP_ID: DIGITS,
  INSTAGRAM_ACCESS_TOKEN: SECRET,
  INSTAGRAM_APP_SECRET: SECRET,
  INSTAGRAM_APP_SECRET_PREVIOUS: SECRET,
  INSTAGRAM_VERIFY_TOKEN: COMPARED,
  INSTAGRAM_BASE_URL: BASE_URLS,
  TELEGRAM_BOT_TOKEN: ["123456", "bot:abcdefghijk", "123456:short", ...SECRET],
  TELEGRAM_WEBHOOK_SECRET_TOKEN: ["a.b", ...SECRET],
  TELEGRAM_WEBHOOK_SECRET_TOKEN_PREVIOUS: ["a.b", ...SECRET],
  TELEGRAM_BASE_URL: BASE_URLS,
  TELEGRAM_BOT_USERNAME: ["@north_shore_bot", "north-shore-bot", "x"],
  TELEGRAM_AGENT_IDS: ["1, 2", "1,", "ada@shop.example"],
  SLACK_TEAM_ID: ["X0123456789", "team"],
  SLACK_BOT_USER_ID: ["C0123456789", "bot"],
  SLACK_BOT_TOKEN: SECRET,
  SLACK_SIGNING_SECRET: SECRET,
  SLACK_SIGNING_SECRET_PREVIOUS: SECRET,
  SLACK_BASE_URL: BASE_URLS,
  SLACK_AGENT_IDS: ["U1, U2", "U1,", "<@U1>"],
  LINE_BOT_USER_ID: ["U1", `u${"0".repeat(32)}`],
  LINE_CHANNEL_ACCESS_TOKEN: SECRET,
  LINE_CHANNEL_SECRET: SECRET,
  LINE_CHANNEL_SECRET_PREVIOUS: SECRET,
  LINE_AGENT_IDS: ["U1, U2", "U1,"],
  LINE_BASE_URL: BASE_URLS,
  WEB_ALLOWED_ORIGINS: ["shop.example", "https://shop.example/", "https://shop.example,", "*", "null"],
  EGRESS_ALLOW_HTTP: ["yes", "1"],
  EGRESS_ALLOW_HOSTS: [...HOST_PORTS, "db:80,"],
  HTTP_PROXY: PROXIES,
  HTTPS_PROXY: PROXIES,
  NO_PROXY: ["http://host", "10.0.0.0/99", "a b/c", "*example*", "[host]"],
};

function findProblems(env: Record<string, string>) {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    return [{ variable: "(none)", message: String(error) }];
  }
}

it("a bad value of any setting is refused at start by one sentence that names the setting", () => {
  expect(findProblems(SOUND)).toEqual([]);
  const wrong = Object.entries(BAD).flatMap(([name, values]) =>
    values.flatMap((value) => {
      const problems = findProblems({ ...SOUND, [name]: value });
      const isClear =
        problems.length > 0 &&
        problems.every(({ variable, message }) => variable === name && / but must .*[^.\s]$/.test(message));
      return isClear && new Set(problems.map(({ variable }) => variable)).size === 1
        ? []
        : [`${name}=${JSON.stringify(value)}: ${JSON.stringify(problems)}`];
    }),
  );
  expect(wrong).toEqual([]);
});

it("the settings that are usual in production are accepted", () => {
  const usual = {
    HOST: "0.0.0.0",
    TRUSTED_PROXIES: "10.0.0.0/8,2001:db8::/32,loopback,::ffff:10.0.0.0/104,::ffff:10.1.2.3",
    WHATSAPP_VERIFY_TOKEN: "my verify token",
    FACEBOOK_VERIFY_TOKEN: "mein Prüfwort",
    INSTAGRAM_VERIFY_TOKEN: "two words",
    DATABASE_URL: "postgres://parley:p%40ss@db.internal:5432/parley?sslmode=verify-full&sslrootcert=system",
    DATABASE_DIRECT_URL: "postgres://parley:p%40ss@a.internal,b.internal:5433/parley?sslmode=require",
    REDIS_URL: "rediss://default:p%40ss@cache.internal:6380/1",
    TEMPORAL_ADDRESS: "parley.a1b2c.tmprl.cloud:7233",
    TEMPORAL_NAMESPACE: "parley.a1b2c",
    PARLEY_MODEL_FULL: "ft:gpt-4o:acme::a1B2",
    PARLEY_MODEL_SMALLER: "llama3.2:3b",
    PARLEY_MODEL_SMALLER_BASE_URL: "http://127.0.0.1:11434/v1",
    PARLEY_MODEL_SMALLER_API_KEY: "none",
    PARLEY_MODEL_SMALLER_PRICES: "0,0,0",
    PARLEY_MODEL_FULL_EFFORT: "low",
    PARLEY_BUSINESS_NAME: "Müller & Söhne",
    OPENAI_BASE_URL: "https://acme.openai.azure.com/openai/v1?api-version=2026-01-01",
    EGRESS_ALLOW_HOSTS: "crm.internal:8080,[::1]:9000",
  };
  expect(findProblems({ ...SOUND, ...usual })).toEqual([]);
});
