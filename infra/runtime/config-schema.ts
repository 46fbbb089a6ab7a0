import { z } from "zod";

const whole = (min: number, max: number) =>
  z
    .string()
    .refine(
      (value) => /^\d{1,9}$/.test(value) && Number(value) >= min && Number(value) <= max,
      `must be a whole number from ${min} to ${max}`,
    )
    .transform(Number);
const count = (max: number) => whole(1, max);
const millis = (max: number) => whole(0, max);
const usd = z
  .string()
  .regex(/^\d{1,6}(\.\d{1,4})?$/, "must be an amount in USD such as 50 or 12.50, below 1000000")
  .transform(Number);
const oneOf = <const T extends readonly string[]>(words: T) =>
  z.enum(words, { error: `must be one of ${words.join(", ")}` });
const flag = oneOf(["true", "false"]).transform((value) => value === "true");
const secret = z.string().min(1, "must not be empty");
const httpUrl = z.url({
  protocol: /^https?$/,
  error: "must be an http(s) URL such as https://chat.example.com",
});

const base64Key = z
  .string()
  .refine(isKey, "must be 32 bytes in base64 (make one: openssl rand -base64 32)")
  .transform((value) => Buffer.from(value, "base64"));

const masterKeys = z
  .string()
  .refine(
    (value) => value.split(",").every(isMasterKey),
    "must be id:base64-of-32-bytes, several joined by commas, the current one first",
  )
  .refine(hasDistinctIds, "must give each key an id of its own")
  .transform((value) =>
    value.split(",").map((item) => ({ id: item.split(":")[0] ?? "", key: keyBytes(item) })),
  );

const hostPorts = z
  .string()
  .refine(
    (value) => value === "" || value.split(",").every((item) => /^[^\s:/]+:\d{1,5}$/.test(item)),
    "must be host:port, several joined by commas",
  )
  .transform((value) => (value === "" ? [] : value.split(",")));

/** What we sign with is a secret; what a sender signs with may also be known by its public key. */
const signingSecret = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/, "must be whsec_ and 24 to 64 bytes in base64");
const verifyingSecret = z
  .string()
  .regex(
    /^(whsec_[A-Za-z0-9+/]{32,86}|whpk_[A-Za-z0-9+/]{43})={0,2}$/,
    "must be whsec_ and 24 to 64 bytes in base64, or whpk_ and an Ed25519 public key in base64",
  );

/** Every setting by its environment variable; vendors' own names where a vendor has one. */
export const CONFIG_SCHEMA = z.object({
  NODE_ENV: oneOf(["development", "production", "test"]).default("development"),
  LOG_LEVEL: oneOf(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
  HOST: z.string().default("127.0.0.1"),
  PORT: whole(0, 65_535).default(8080),
  PUBLIC_BASE_URL: httpUrl.optional(),
  BODY_LIMIT_BYTES: count(16 * 1024 * 1024).default(1_048_576),
  SHUTDOWN_GRACE_MS: millis(600_000).default(25_000),

  TEMPORAL_ADDRESS: z
    .string()
    .regex(/^[^\s/]+:\d{1,5}$/, "must be host:port")
    .default("127.0.0.1:7233"),
  TEMPORAL_NAMESPACE: z.string().min(1).default("default"),
  PARLEY_TASK_QUEUE: z
    .string()
    .regex(/^[\w.-]{1,100}$/, "must be letters, digits, dots, _ and -")
    .default("parley"),
  CODEC_SERVER_PORT: whole(1, 65_535).optional(),

  DATABASE_URL: z.url({
    protocol: /^postgres(ql)?$/,
    error: "must be a URL such as postgres://user:password@host:5432/parley",
  }),
  DATABASE_POOL_MAX: count(500).default(10),
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: "must be a URL such as redis://host:6379" }).optional(),

  OPENAI_API_KEY: secret,
  OPENAI_BASE_URL: httpUrl.optional(),
  OPENAI_ORG_ID: z.string().optional(),
  OPENAI_PROJECT_ID: z.string().optional(),
  PARLEY_MODEL_API: oneOf(["responses", "chat"]).default("responses"),
  PARLEY_MODEL_FULL: z.string().min(1).default("gpt-4o"),
  PARLEY_MODEL_SMALLER: z.string().min(1).default("gpt-4o-mini"),
  PARLEY_EMBEDDING_MODEL: z.string().min(1).default("text-embedding-3-small"),
  PARLEY_EMBEDDING_DIMENSIONS: count(4096).default(512),

  PINECONE_API_KEY: secret,
  PINECONE_CONTROLLER_HOST: httpUrl.optional(),
  PARLEY_PINECONE_INDEX: z
    .string()
    // Pinecone allows 45 characters, and the index version adds a dash and 8 digits.
    .regex(/^[a-z0-9][a-z0-9-]{0,35}$/, "must be at most 36 lower-case letters, digits and dashes")
    .default("parley"),
  PARLEY_PINECONE_CLOUD: z.string().min(1).default("aws"),
  PARLEY_PINECONE_REGION: z.string().min(1).default("us-east-1"),

  PARLEY_ENCRYPTION_KEYS: masterKeys,
  PARLEY_HASH_KEY: base64Key,

  PARLEY_TENANT: z
    .string()
    .regex(/^[\w-]{1,64}$/, "must be letters, digits, _ and -")
    .default("main"),
  PARLEY_BUSINESS_NAME: z.string().min(1).default("our business"),
  PARLEY_DAILY_BUDGET_USD: usd.default(50),
  PARLEY_CONTACT_RATE_PER_MINUTE: count(100_000).default(20),
  PARLEY_CONTACT_RATE_BURST: count(100_000).default(10),
  PARLEY_TENANT_RATE_PER_MINUTE: count(10_000_000).default(6_000),
  PARLEY_TENANT_RATE_BURST: count(10_000_000).default(1_000),
  PARLEY_QUIET_WINDOW_SMS_MS: millis(10_000).default(700),
  PARLEY_QUIET_WINDOW_WEBHOOK_MS: millis(10_000).default(0),
  PARLEY_QUIET_CAP_MS: millis(60_000).default(3_000),
  PARLEY_QUIET_CAP_MESSAGES: count(1_000).default(20),

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
  TWILIO_BASE_URL: httpUrl.default("https://api.twilio.com"),

  WEBHOOK_SECRET: verifyingSecret.optional(),
  WEBHOOK_SECRET_PREVIOUS: verifyingSecret.optional(),
  WEBHOOK_DELIVERY_URL: httpUrl.optional(),
  WEBHOOK_DELIVERY_SECRET: signingSecret.optional(),
  WEBHOOK_DELIVERY_SECRET_PREVIOUS: signingSecret.optional(),

  EGRESS_ALLOW_HTTP: flag.default(false),
  EGRESS_ALLOW_HOSTS: hostPorts.default([]),
});

export type Settings = z.infer<typeof CONFIG_SCHEMA>;
export type SettingName = keyof Settings;

/** Each of these may come from a file named by `NAME_FILE`, and none is ever shown. */
export const SECRETS = [
  "DATABASE_URL",
  "REDIS_URL",
  "OPENAI_API_KEY",
  "PINECONE_API_KEY",
  "PARLEY_ENCRYPTION_KEYS",
  "PARLEY_HASH_KEY",
  "TWILIO_AUTH_TOKEN",
  "TWILIO_AUTH_TOKEN_PREVIOUS",
  "WEBHOOK_SECRET",
  "WEBHOOK_SECRET_PREVIOUS",
  "WEBHOOK_DELIVERY_SECRET",
  "WEBHOOK_DELIVERY_SECRET_PREVIOUS",
] as const satisfies readonly SettingName[];

/** Settings that only make sense together: where one is there, all have to be. */
export const GROUPS = [
  ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM"],
  ["WEBHOOK_SECRET", "WEBHOOK_DELIVERY_URL", "WEBHOOK_DELIVERY_SECRET"],
] as const satisfies readonly (readonly SettingName[])[];

/** 32 bytes. Node skips what is not base64, so a key with a wrong character would be read as another one. */
function isKey(value: string): boolean {
  return /^[A-Za-z0-9+/]{43}=$/.test(value);
}

function isMasterKey(item: string): boolean {
  return /^[\w-]{1,32}:/.test(item) && isKey(item.slice(item.indexOf(":") + 1));
}

/** Of two keys with one id only the last could open what it sealed. */
function hasDistinctIds(value: string): boolean {
  const ids = value.split(",").map((item) => item.split(":")[0]);
  return new Set(ids).size === ids.length;
}

function keyBytes(item: string): Buffer {
  return Buffer.from(item.slice(item.indexOf(":") + 1), "base64");
}
