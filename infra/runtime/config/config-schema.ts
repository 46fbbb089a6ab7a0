import { z } from "zod";
import { CHANNEL_SECRETS, CHANNEL_SETTINGS } from "../../channels/channel-settings.ts";
import { BUSINESS_NAME } from "./field-rules.ts";
import { MODEL_SECRETS, MODEL_SETTINGS } from "./model-settings.ts";
import {
  base64Key,
  baseUrl,
  count,
  databaseUrl,
  flag,
  host,
  hostPort,
  hostPorts,
  httpUrl,
  masterKeys,
  millis,
  networks,
  noProxy,
  oneOf,
  proxyUrl,
  redisUrl,
  secret,
  usd,
  whole,
  word,
} from "./setting-kinds.ts";

/** Temporal uses dots and colons as separators in these. */
const versionWord = z.string().regex(/^[\w-]{1,100}$/, "must be letters, digits, _ and -");

/** Every setting by its environment variable. A vendor's setting has the vendor's own name for it. */
export const CONFIG_SCHEMA = z.object({
  NODE_ENV: oneOf(["development", "production", "test"]).default("development"),
  LOG_LEVEL: oneOf(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
  HOST: host.default("127.0.0.1"),
  PORT: whole(0, 65_535).default(8080),
  PUBLIC_BASE_URL: baseUrl.optional(),
  TRUSTED_PROXIES: networks.default([]),
  BODY_LIMIT_BYTES: count(16 * 1024 * 1024).default(1_048_576),
  SHUTDOWN_GRACE_MS: millis(600_000).default(25_000),
  SHUTDOWN_UNREADY_MS: millis(60_000).default(250),
  SPOOL_DIR: z.string().min(1).optional(),
  PARLEY_CHECK_AT_START: flag.default(true),
  SPOOL_LIMIT_BYTES: whole(65_536, 999_999_999).default(268_435_456),

  TEMPORAL_ADDRESS: hostPort.default("127.0.0.1:7233"),
  TEMPORAL_NAMESPACE: word.default("default"),
  PARLEY_TEMPORAL_UI_URL: httpUrl.optional(),
  PARLEY_TASK_QUEUE: z
    .string()
    .regex(/^[\w.-]{1,100}$/, "must be letters, digits, dots, _ and -")
    .default("parley"),
  TEMPORAL_DEPLOYMENT_NAME: versionWord.optional(),
  TEMPORAL_WORKER_BUILD_ID: versionWord.optional(),
  TEMPORAL_ACCEPT_PLAIN_PAYLOADS: flag.default(false),
  CODEC_SERVER_PORT: whole(1, 65_535).optional(),
  CODEC_SERVER_TOKEN: z
    .string()
    .regex(/^[\w-]{20,200}$/, "must be at least 20 letters, digits, _ and -")
    .optional(),

  DATABASE_URL: databaseUrl,
  DATABASE_DIRECT_URL: databaseUrl.optional(),
  DATABASE_POOL_MAX: count(500).default(10),
  REDIS_URL: redisUrl.optional(),

  OPENAI_API_KEY: secret.optional(),
  OPENAI_BASE_URL: httpUrl.optional(),
  OPENAI_ORG_ID: word.optional(),
  OPENAI_PROJECT_ID: word.optional(),
  PARLEY_MODEL_API: oneOf(["responses", "chat"]).default("responses"),
  PARLEY_MODEL_FULL: word.default("gpt-4o"),
  PARLEY_MODEL_SMALLER: word.default("gpt-4o-mini"),
  PARLEY_MODEL_CALLS_PER_SECOND: count(100_000).optional(),
  PARLEY_MODEL_CALL_PLACE: oneOf(["auto", "local", "queue"]).default("auto"),
  PARLEY_EMBEDDING_MODEL: word.default("text-embedding-3-small"),
  ...MODEL_SETTINGS,

  PINECONE_API_KEY: secret.optional(),
  PINECONE_CONTROLLER_HOST: baseUrl.optional(),
  PARLEY_PINECONE_INDEX: z
    .string()
    // Pinecone allows 45 characters, and the index version adds a dash and 8 digits.
    .regex(/^[a-z0-9][a-z0-9-]{0,35}$/, "must be at most 36 lower-case letters, digits and dashes")
    .default("parley"),
  PARLEY_PINECONE_CLOUD: oneOf(["aws", "gcp", "azure"]).default("aws"),
  PARLEY_PINECONE_REGION: word.default("us-east-1"),

  PARLEY_ENCRYPTION_KEYS: masterKeys,
  PARLEY_HASH_KEY: base64Key,
  PARLEY_ADMIN_TOKEN: secret.min(32, "must be at least 32 characters").optional(),

  PARLEY_TENANT: z
    .string()
    .regex(/^[\w-]{1,64}$/, "must be letters, digits, _ and -")
    .default("main"),
  PARLEY_BUSINESS_NAME: BUSINESS_NAME.default("our business"),
  PARLEY_DAILY_BUDGET_USD: usd.default(50),
  PARLEY_CONTACT_RATE_PER_MINUTE: count(100_000).default(20),
  PARLEY_CONTACT_RATE_BURST: count(100_000).default(10),
  PARLEY_TENANT_RATE_PER_MINUTE: count(10_000_000).default(6_000),
  PARLEY_TENANT_RATE_BURST: count(10_000_000).default(1_000),
  PARLEY_API_RATE_PER_MINUTE: count(1_000_000).default(600),
  PARLEY_API_RATE_BURST: count(1_000_000).default(100),
  PARLEY_QUIET_CAP_MS: millis(60_000).default(3_000),
  PARLEY_QUIET_CAP_MESSAGES: count(1_000).default(20),

  ...CHANNEL_SETTINGS,

  EGRESS_ALLOW_HTTP: flag.default(false),
  EGRESS_ALLOW_HOSTS: hostPorts.default([]),
  HTTP_PROXY: proxyUrl.optional(),
  HTTPS_PROXY: proxyUrl.optional(),
  NO_PROXY: noProxy.optional(),
});

export type Settings = z.infer<typeof CONFIG_SCHEMA>;
export type SettingName = keyof Settings;

/** Each of these may come from a file (`NAME_FILE`), and none is ever printed. */
export const SECRETS = [
  "DATABASE_URL",
  "DATABASE_DIRECT_URL",
  "REDIS_URL",
  "OPENAI_API_KEY",
  "PINECONE_API_KEY",
  "PARLEY_ENCRYPTION_KEYS",
  "PARLEY_HASH_KEY",
  "PARLEY_ADMIN_TOKEN",
  "CODEC_SERVER_TOKEN",
  ...MODEL_SECRETS,
  "HTTP_PROXY",
  "HTTPS_PROXY",
  ...CHANNEL_SECRETS,
] as const satisfies readonly SettingName[];
