import { connectVectors, type Vectors } from "../../../db/knowledge/vectors.ts";
import type { Config } from "../../../infra/runtime/config/config.ts";

/** The vector store by the settings of the installation. */
export function connectConfiguredVectors(config: Config): Vectors {
  return connectVectors({
    apiKey: config.PINECONE_API_KEY,
    controllerHost: config.PINECONE_CONTROLLER_HOST,
    cloud: config.PARLEY_PINECONE_CLOUD,
    region: config.PARLEY_PINECONE_REGION,
  });
}
