import { expect, it } from "vitest";
import { createEmbeddingClient } from "../../../../../activities/answer/model/embedding-client.ts";
import { createModelClient } from "../../../../../activities/answer/model/model-client.ts";
import {
  createTestCall,
  createTestEmbeddings,
  createTestEndpoint,
} from "../../../../support/activities/model-calls.ts";
import { anthropic, azure, gemini, litellm, mistral } from "./hosted-vendors.ts";
import { lmStudio, olderVllm, ollama, vllm } from "./local-vendors.ts";
import { ANSWER, openVendor, type Vendor } from "./vendor.ts";

const VENDORS: Readonly<Record<string, Vendor>> = {
  Azure: azure,
  vLLM: vllm,
  "an older vLLM": olderVllm,
  Ollama: ollama,
  LiteLLM: litellm,
  "LM Studio": lmStudio,
  Mistral: mistral,
  Gemini: gemini,
  Anthropic: anthropic,
};

const PROMPT = {
  instructions: "Answer.",
  lines: [
    { role: "user" as const, text: "<passage-0123456789ab>The deposit is $100.</passage-0123456789ab>" },
    { role: "user" as const, text: "What is the deposit?" },
  ],
};

const CASES = Object.entries(VENDORS).flatMap(([name, vendor]) =>
  (["plain", "thinking"] as const).map((kind) => [name, kind, vendor] as const),
);

it.each(CASES)("%s answers with its %s model, and each answer is paid once", async (_, kind, vendor) => {
  const { baseUrl, statuses } = await openVendor(vendor);
  const client = createModelClient(createTestEndpoint(baseUrl, { model: vendor.models[kind], api: "chat" }));
  const call = createTestCall({ prompt: PROMPT });
  expect(await client.complete(call)).toMatchObject({ text: ANSWER });
  expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  expect(statuses).toHaveLength(vendor.refusals[kind] + 1);
  // The process remembers the refusals.
  expect(await client.complete(call)).toMatchObject({ text: ANSWER });
  const isLongAgain = vendor === vllm;
  expect(statuses).toHaveLength(vendor.refusals[kind] + 2 + (isLongAgain ? 1 : 0));
});

it.each(CASES)("%s answers with its %s model where no API is set", async (_, kind, vendor) => {
  const { baseUrl } = await openVendor(vendor);
  const client = createModelClient(createTestEndpoint(baseUrl, { model: vendor.models[kind] }));
  expect(await client.complete(createTestCall({ prompt: PROMPT }))).toMatchObject({ text: ANSWER });
});

it.each(Object.entries(VENDORS))(
  "%s counts tokens that are paid, those of thinking too",
  async (name, vendor) => {
    const { baseUrl } = await openVendor(vendor);
    const model = vendor.models.thinking;
    const client = createModelClient(createTestEndpoint(baseUrl, { model, api: "chat" }));
    const { inputTokens, outputTokens, costUsd } = await client.complete(createTestCall({ prompt: PROMPT }));
    expect(outputTokens).toBeGreaterThan(name === "LM Studio" ? 20 : 60);
    expect(inputTokens).toBeGreaterThan(20);
    expect(costUsd).toBeGreaterThan(0);
  },
);

const EMBEDDERS = Object.entries(VENDORS).filter(([, { embeddings }]) => embeddings !== null);

it.each(EMBEDDERS)(
  "%s embeds texts of its one length or of the length that is asked for",
  async (_, vendor) => {
    const { baseUrl, statuses } = await openVendor(vendor);
    const { model = "", dimensions = 0, refusals = 0 } = vendor.embeddings ?? {};
    const client = createEmbeddingClient(createTestEmbeddings(baseUrl));
    const call = { model, dimensions, texts: ["one", "two"], signal: new AbortController().signal };
    const { vectors, costUsd } = await client.embed(call);
    expect(vectors.map(({ length }) => length)).toEqual([dimensions, dimensions]);
    expect(costUsd).toBeGreaterThan(0);
    await client.embed(call);
    expect(statuses).toHaveLength(refusals + 2);
  },
);

const WITH_ONE_LENGTH = EMBEDDERS.filter(([name]) => name !== "Azure" && name !== "Gemini");

it.each(WITH_ONE_LENGTH)(
  "%s with a wrong length of vectors is a refusal that names the setting",
  async (_, vendor) => {
    const { baseUrl } = await openVendor(vendor);
    const { model = "", dimensions = 0 } = vendor.embeddings ?? {};
    const call = { model, dimensions: 5, texts: ["one"], signal: new AbortController().signal };
    const embedded = createEmbeddingClient(createTestEmbeddings(baseUrl)).embed(call);
    await expect(embedded).rejects.toMatchObject({
      type: "ModelRefused",
      message: expect.stringContaining(`Set it to ${dimensions}`),
    });
  },
);
