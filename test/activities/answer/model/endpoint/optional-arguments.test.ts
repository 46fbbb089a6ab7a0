import { expect, it } from "vitest";
import { createEmbeddingClient } from "../../../../../activities/answer/model/embedding-client.ts";
import { OPTIONAL_ARGUMENTS } from "../../../../../activities/answer/model/endpoint/optional-arguments.ts";
import { createModelClient } from "../../../../../activities/answer/model/model-client.ts";
import { openHttpPeer } from "../../../../support/http-peer.ts";
import {
  createTestCall,
  createTestEmbeddings,
  createTestEndpoint,
} from "../../../../support/activities/model-calls.ts";

/** Every server that speaks the API knows these. */
const REQUIRED = {
  chat: ["model", "messages"],
  responses: ["model", "instructions", "input"],
  embeddings: ["model", "input"],
} as const;

it.each(["chat", "responses", "embeddings"] as const)(
  "every argument of a call to %s that a server may refuse can be left out",
  async (kind) => {
    const peer = await openHttpPeer((response) => response.writeHead(503).end());
    const baseUrl = `${peer.url}/v1`;
    const { signal } = new AbortController();
    const called =
      kind === "embeddings"
        ? createEmbeddingClient(createTestEmbeddings(baseUrl)).embed({
            model: "m",
            dimensions: 2,
            texts: ["a"],
            signal,
          })
        : createModelClient(createTestEndpoint(baseUrl, { model: "o3", api: kind })).complete(
            createTestCall(),
          );
    await expect(called).rejects.toBeInstanceOf(Error);
    const sent = Object.keys(JSON.parse(peer.requests[0]?.body ?? "{}") as object);
    const optional = sent.filter((name) => !REQUIRED[kind].some((required) => required === name));
    const known: readonly string[] = OPTIONAL_ARGUMENTS[kind];
    expect(optional.filter((name) => !known.includes(name))).toEqual([]);
    // `max_tokens` takes the place of `max_completion_tokens`.
    expect(optional).toHaveLength(known.length - (kind === "chat" ? 1 : 0));
  },
);
