import { type IndexModel, Pinecone } from "@pinecone-database/pinecone";
import type { Config } from "../../runtime/config/config.ts";
import { configuredIndexVersion } from "../tasks/migrate.ts";
import type { Finding, Check } from "./check.ts";

/** Checks that the key works, and that the index of the configured embedding exists, is ready and has the right dimension. */
export function createPineconeCheck(config: Config, { fetch }: { fetch: typeof globalThis.fetch }): Check {
  const { pineconeIndex: name, dimensions } = configuredIndexVersion(config);
  return {
    name: "Pinecone",
    fix: "Check PINECONE_CONTROLLER_HOST and that this machine may reach it.",
    async run(signal) {
      // The client has an error class for some statuses only, so the status itself is used.
      let status = 0;
      const client = new Pinecone({
        apiKey: config.PINECONE_API_KEY,
        ...(config.PINECONE_CONTROLLER_HOST === undefined
          ? {}
          : { controllerHostUrl: config.PINECONE_CONTROLLER_HOST }),
        maxRetries: 0,
        fetchApi: async (...[input, init]: Parameters<typeof fetch>) => {
          const response = await fetch(input, { ...init, signal });
          status = response.status;
          return response;
        },
      });
      try {
        return assess(await client.indexes.describe(name), dimensions);
      } catch (error) {
        if (status >= 400) return describeRefusal(name, status);
        throw error;
      }
    },
  };
}

function assess({ name, schema, status }: IndexModel, dimensions: number): Finding {
  const lengths = Object.values(schema.fields).flatMap((field) =>
    "type" in field && field.type === "dense_vector" ? [field.dimension] : [],
  );
  if (!lengths.includes(dimensions)) {
    const detail = `The index ${name} has vectors of ${lengths.join(", ") || "no"} numbers, not ${dimensions}.`;
    const fix =
      "Set PARLEY_EMBEDDING_DIMENSIONS to the dimension of the index, or PARLEY_PINECONE_INDEX to another name.";
    return { state: "missing", version: null, detail, fix };
  }
  if (!status.ready) {
    const fix = "Wait: Pinecone creates an index in about a minute.";
    return { state: "missing", version: null, detail: `The index ${name} is not ready.`, fix };
  }
  const detail = `The key works; the index ${name} has vectors of ${dimensions} numbers.`;
  return { state: "ok", version: null, detail, fix: null };
}

function describeRefusal(name: string, status: number): Finding {
  const found = { state: "missing", version: null } as const;
  if (status === 401 || status === 403)
    return {
      ...found,
      detail: `The key was refused (${status}).`,
      fix: "Set PINECONE_API_KEY to a valid key.",
    };
  if (status === 404)
    return {
      ...found,
      detail: `The key works, but there is no index ${name}.`,
      fix: "Run `parley migrate`, which creates it.",
    };
  const fix = "Try again later. Until then, retrieval uses only keyword search.";
  return { ...found, detail: `It responded with ${status}.`, fix };
}
