import type { Config } from "../../../infra/runtime/config/config.ts";
import { createModelClient, type ModelClient } from "./model-client.ts";

/** The model client by the settings of the installation. */
export function createConfiguredModel(config: Config): ModelClient {
  return createModelClient({
    apiKey: config.OPENAI_API_KEY,
    baseUrl: config.OPENAI_BASE_URL,
    organization: config.OPENAI_ORG_ID,
    project: config.OPENAI_PROJECT_ID,
    api: config.PARLEY_MODEL_API,
  });
}
