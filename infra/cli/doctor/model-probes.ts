import {
  createConfiguredModel,
  type ModelSize,
  readEndpoints,
} from "../../../activities/answer/model/configured-model.ts";
import type { Config } from "../../runtime/config/config.ts";

export interface ModelProbe {
  setting: string;
  model: string;
  /** Makes the call as a turn makes it. */
  call(signal: AbortSignal): Promise<unknown>;
}

const PROMPT = {
  instructions: "You check a connection. Respond with one word.",
  lines: [{ role: "user" as const, text: "Say: works" }],
};
const SIZES: readonly ModelSize[] = ["full", "smaller"];
const TIME_LIMIT_MS = 19_000;
/** In place of the hash of a contact. */
const SAFETY_IDENTIFIER = "0".repeat(64);
const SETTINGS: Readonly<Record<ModelSize, string>> = {
  full: "PARLEY_MODEL_FULL",
  smaller: "PARLEY_MODEL_SMALLER",
};

/** The calls of a turn, with the clients and the arguments of the product: each model at its server, and the embeddings. */
export function listModelProbes(config: Config): ModelProbe[] {
  const client = createConfiguredModel(config);
  const endpoints = readEndpoints(config);
  const isOneModel = client.names.full === client.names.smaller;
  const completions = SIZES.filter((size) => size === "full" || !isOneModel).map((size) => ({
    setting: SETTINGS[size],
    model: endpoints[size].model,
    call: async (signal: AbortSignal) =>
      await client.complete(size, {
        prompt: PROMPT,
        safetyIdentifier: SAFETY_IDENTIFIER,
        timeLimitMs: TIME_LIMIT_MS,
        signal,
      }),
  }));
  const { PARLEY_EMBEDDING_MODEL: model, PARLEY_EMBEDDING_DIMENSIONS: dimensions } = config;
  const call = async (signal: AbortSignal) =>
    await client.embed({ model, dimensions, texts: ["works"], signal });
  return [...completions, { setting: "PARLEY_EMBEDDING_MODEL", model, call }];
}
