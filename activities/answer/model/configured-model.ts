import type { Config } from "../../../infra/runtime/config/config.ts";
import type { Log } from "../../../infra/runtime/log.ts";
import { NO_KEY } from "../../../infra/runtime/config/require-settings.ts";
import { createEmbeddingClient, type EmbedCall, type Embeddings } from "./embedding-client.ts";
import { createModelClient, type ModelCall, type ModelCompletion } from "./model-client.ts";
import { findEmbeddingPrice } from "./families/find-family.ts";
import { estimateTurnUsd, hasPrices, type ModelEndpoint, type ServerOptions } from "./model-endpoint.ts";

/** The model of the tiers full_context and compressed_context, and that of smaller_model. */
export type ModelSize = "full" | "smaller";

/** The models of an installation. */
export interface ConfiguredModels {
  /** Names for circuits and alerts: of each model at its server. */
  names: Readonly<Record<ModelSize, string>>;
  complete(size: ModelSize, call: ModelCall): Promise<ModelCompletion>;
  embed(call: EmbedCall): Promise<Embeddings>;
}

/** The model clients by the settings of the installation. */
export function createConfiguredModel(config: Config): ConfiguredModels {
  const endpoints = readEndpoints(config);
  const clients = { full: createModelClient(endpoints.full), smaller: createModelClient(endpoints.smaller) };
  const embedding = createEmbeddingClient({
    ...readServer(config, config.PARLEY_EMBEDDING_BASE_URL, config.PARLEY_EMBEDDING_API_KEY),
    price: config.PARLEY_EMBEDDING_PRICE ?? null,
  });
  return {
    names: { full: nameEndpoint(endpoints.full, config), smaller: nameEndpoint(endpoints.smaller, config) },
    complete: async (size, call) => await clients[size].complete(call),
    embed: async (call) => await embedding.embed(call),
  };
}

/** The money that a turn reserves before its first call. */
export function estimateReservationUsd(config: Config): number {
  return estimateTurnUsd(readEndpoints(config).full);
}

/** Models whose cost is counted at the price of an unknown one, because neither the settings nor the list prices have theirs. */
export function listUnpricedModels(config: Config): string[] {
  const { full, smaller } = readEndpoints(config);
  const { PARLEY_EMBEDDING_MODEL: embedding, PARLEY_EMBEDDING_PRICE: price } = config;
  return [
    ...(hasPrices(full) ? [] : [`${full.model} (set PARLEY_MODEL_FULL_PRICES)`]),
    ...(hasPrices(smaller) ? [] : [`${smaller.model} (set PARLEY_MODEL_SMALLER_PRICES)`]),
    ...(price !== undefined || findEmbeddingPrice(embedding) !== null
      ? []
      : [`${embedding} (set PARLEY_EMBEDDING_PRICE)`]),
  ];
}

export function warnOfUnpricedModels(config: Config, log: Log): void {
  const models = listUnpricedModels(config);
  if (models.length > 0)
    log.warn({ models }, "models without a price count at the highest one in the daily budget");
}

export function readEndpoints(config: Config): Record<ModelSize, ModelEndpoint> {
  return {
    full: {
      ...readServer(config, config.PARLEY_MODEL_FULL_BASE_URL, config.PARLEY_MODEL_FULL_API_KEY),
      model: config.PARLEY_MODEL_FULL,
      api: config.PARLEY_MODEL_FULL_API ?? config.PARLEY_MODEL_API,
      effort: config.PARLEY_MODEL_FULL_EFFORT ?? null,
      outputTokens: config.PARLEY_MODEL_FULL_OUTPUT_TOKENS ?? null,
      prices: config.PARLEY_MODEL_FULL_PRICES ?? null,
    },
    smaller: {
      ...readServer(config, config.PARLEY_MODEL_SMALLER_BASE_URL, config.PARLEY_MODEL_SMALLER_API_KEY),
      model: config.PARLEY_MODEL_SMALLER,
      api: config.PARLEY_MODEL_SMALLER_API ?? config.PARLEY_MODEL_API,
      effort: config.PARLEY_MODEL_SMALLER_EFFORT ?? null,
      outputTokens: config.PARLEY_MODEL_SMALLER_OUTPUT_TOKENS ?? null,
      prices: config.PARLEY_MODEL_SMALLER_PRICES ?? null,
    },
  };
}

/** The shared key, organisation and project are never sent to a server of its own. */
function readServer(config: Config, ownUrl: string | undefined, ownKey: string | undefined): ServerOptions {
  const isOwn = ownUrl !== undefined;
  return {
    apiKey: ownKey ?? (isOwn ? "" : (config.OPENAI_API_KEY ?? NO_KEY)),
    baseUrl: ownUrl ?? config.OPENAI_BASE_URL,
    organization: isOwn ? undefined : config.OPENAI_ORG_ID,
    project: isOwn ? undefined : config.OPENAI_PROJECT_ID,
  };
}

/** Two tiers may use models of one name at two servers. */
function nameEndpoint({ model, baseUrl }: ModelEndpoint, config: Config): string {
  if (baseUrl === undefined || baseUrl === config.OPENAI_BASE_URL) return model;
  return `${model}@${new URL(baseUrl).host}`;
}
