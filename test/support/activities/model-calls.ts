import type { EmbeddingServer } from "../../../activities/answer/model/embedding-client.ts";
import type { ModelCall } from "../../../activities/answer/model/model-client.ts";
import type { ModelEndpoint } from "../../../activities/answer/model/model-endpoint.ts";

const SERVER = { apiKey: "key", organization: undefined, project: undefined };

/** A model at the server of a test, with the settings of an installation that sets only its name. */
export function createTestEndpoint(baseUrl: string, more: Partial<ModelEndpoint> = {}): ModelEndpoint {
  const settings = { model: "gpt-4o", effort: null, outputTokens: null, prices: null } as const;
  return { ...SERVER, baseUrl, api: "responses", ...settings, ...more };
}

export function createTestEmbeddings(baseUrl: string | undefined): EmbeddingServer {
  return { ...SERVER, baseUrl, price: null };
}

export function createTestCall(more: Partial<ModelCall> = {}): ModelCall {
  return {
    prompt: { instructions: "Answer.", lines: [{ role: "user", text: "Is it open?" }] },
    safetyIdentifier: "hash",
    timeLimitMs: 20_000,
    signal: new AbortController().signal,
    ...more,
  };
}
