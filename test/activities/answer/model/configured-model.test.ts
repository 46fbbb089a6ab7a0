import { expect, it } from "vitest";
import {
  createConfiguredModel,
  estimateReservationUsd,
  listUnpricedModels,
} from "../../../../activities/answer/model/configured-model.ts";
import { loadConfig } from "../../../../infra/runtime/config/config.ts";
import { openHttpPeer } from "../../../support/http-peer.ts";
import { createTestCall } from "../../../support/activities/model-calls.ts";

const KEY = Buffer.alloc(32, 7).toString("base64");
const load = (env: Record<string, string>) =>
  loadConfig({
    DATABASE_URL: "postgres://parley:password@127.0.0.1:5432/parley",
    OPENAI_API_KEY: "sk-shared",
    OPENAI_ORG_ID: "org-1",
    PINECONE_API_KEY: "pc-key",
    PARLEY_ENCRYPTION_KEYS: `k1:${KEY}`,
    PARLEY_HASH_KEY: KEY,
    ...env,
  });

it("each tier and the embeddings call their own server, which gets neither the key nor the organisation of OpenAI", async () => {
  const peer = await openHttpPeer((response) => response.writeHead(503).end());
  const config = load({
    OPENAI_BASE_URL: `${peer.url}/shared`,
    PARLEY_MODEL_SMALLER_BASE_URL: `${peer.url}/smaller`,
    PARLEY_MODEL_SMALLER_API_KEY: "sk-smaller",
    PARLEY_MODEL_SMALLER_API: "chat",
    PARLEY_EMBEDDING_BASE_URL: `${peer.url}/embedding`,
    PARLEY_EMBEDDING_API_KEY: "sk-embedding",
  });
  const models = createConfiguredModel(config);
  await models.complete("full", createTestCall()).catch(() => undefined);
  await models.complete("smaller", createTestCall()).catch(() => undefined);
  const { signal } = new AbortController();
  await models.embed({ model: "m", dimensions: 2, texts: ["a"], signal }).catch(() => undefined);
  const calls = peer.requests.map(({ path, headers }) => [
    path,
    headers.authorization,
    headers["openai-organization"],
  ]);
  expect(calls).toEqual([
    ["/shared/responses", "Bearer sk-shared", "org-1"],
    ["/smaller/chat/completions", "Bearer sk-smaller", undefined],
    ["/embedding/embeddings", "Bearer sk-embedding", undefined],
  ]);
  expect(models.names).toEqual({ full: "gpt-4o", smaller: `gpt-4o-mini@${peer.host}` });
});

it("a tier may have a key of its own at the shared server", async () => {
  const peer = await openHttpPeer((response) => response.writeHead(503).end());
  const config = load({ OPENAI_BASE_URL: peer.url, PARLEY_MODEL_FULL_API_KEY: "sk-full" });
  await createConfiguredModel(config)
    .complete("full", createTestCall())
    .catch(() => undefined);
  expect(peer.requests[0]?.headers.authorization).toBe("Bearer sk-full");
});

it("models without a price are named with the setting that gives them one", () => {
  expect(listUnpricedModels(load({}))).toEqual([]);
  const local = {
    PARLEY_MODEL_FULL: "llama3.2",
    PARLEY_MODEL_SMALLER: "qwen3",
    PARLEY_EMBEDDING_MODEL: "bge-m3",
  };
  expect(listUnpricedModels(load(local))).toEqual([
    "llama3.2 (set PARLEY_MODEL_FULL_PRICES)",
    "qwen3 (set PARLEY_MODEL_SMALLER_PRICES)",
    "bge-m3 (set PARLEY_EMBEDDING_PRICE)",
  ]);
  const prices = {
    PARLEY_MODEL_FULL_PRICES: "0,0,0",
    PARLEY_MODEL_SMALLER_PRICES: "0,0,0",
    PARLEY_EMBEDDING_PRICE: "0",
  };
  expect(listUnpricedModels(load({ ...local, ...prices }))).toEqual([]);
});

it("the reservation of a turn follows the model and the settings of the first tier", () => {
  expect(estimateReservationUsd(load({}))).toBe(0.03);
  expect(
    estimateReservationUsd(load({ PARLEY_MODEL_FULL: "llama3.2", PARLEY_MODEL_FULL_PRICES: "0,0,0" })),
  ).toBe(0.01);
  expect(estimateReservationUsd(load({ PARLEY_MODEL_FULL_OUTPUT_TOKENS: "4000" }))).toBe(0.07);
});
