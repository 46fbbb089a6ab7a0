import { count, httpUrl, oneOf, price, prices, secret, whole } from "./setting-kinds.ts";

/** OpenAI's Responses API refuses a smaller limit. */
const FEWEST_OUTPUT_TOKENS = 16;

const outputTokens = whole(FEWEST_OUTPUT_TOKENS, 200_000).optional();
const effort = oneOf(["default", "none", "minimal", "low", "medium", "high", "xhigh", "max"]).optional();
const api = oneOf(["responses", "chat"]).optional();

/** Settings of one tier or of the embeddings, where they differ from those of OpenAI and of the model's family. */
export const MODEL_SETTINGS = {
  PARLEY_MODEL_FULL_BASE_URL: httpUrl.optional(),
  PARLEY_MODEL_FULL_API_KEY: secret.optional(),
  PARLEY_MODEL_FULL_API: api,
  PARLEY_MODEL_FULL_EFFORT: effort,
  PARLEY_MODEL_FULL_OUTPUT_TOKENS: outputTokens,
  PARLEY_MODEL_FULL_PRICES: prices.optional(),
  PARLEY_MODEL_SMALLER_BASE_URL: httpUrl.optional(),
  PARLEY_MODEL_SMALLER_API_KEY: secret.optional(),
  PARLEY_MODEL_SMALLER_API: api,
  PARLEY_MODEL_SMALLER_EFFORT: effort,
  PARLEY_MODEL_SMALLER_OUTPUT_TOKENS: outputTokens,
  PARLEY_MODEL_SMALLER_PRICES: prices.optional(),
  PARLEY_EMBEDDING_DIMENSIONS: count(4096).default(512),
  PARLEY_EMBEDDING_BASE_URL: httpUrl.optional(),
  PARLEY_EMBEDDING_API_KEY: secret.optional(),
  PARLEY_EMBEDDING_PRICE: price.optional(),
};

export const MODEL_SECRETS = [
  "PARLEY_MODEL_FULL_API_KEY",
  "PARLEY_MODEL_SMALLER_API_KEY",
  "PARLEY_EMBEDDING_API_KEY",
] as const;

/** The key of OpenAI must not be sent to another server, so each server has its own. */
export const KEYS_OF_SERVERS = {
  PARLEY_MODEL_FULL_BASE_URL: "PARLEY_MODEL_FULL_API_KEY",
  PARLEY_MODEL_SMALLER_BASE_URL: "PARLEY_MODEL_SMALLER_API_KEY",
  PARLEY_EMBEDDING_BASE_URL: "PARLEY_EMBEDDING_API_KEY",
} as const;
