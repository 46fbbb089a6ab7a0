import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createEmbeddingClient } from "../../../../../activities/answer/model/embedding-client.ts";
import { createModelClient } from "../../../../../activities/answer/model/model-client.ts";
import { createOpenAiFake } from "../../../../../infra/sandbox/fakes/openai/openai-fake.ts";
import {
  createTestCall,
  createTestEmbeddings,
  createTestEndpoint,
} from "../../../../support/activities/model-calls.ts";

const fake = createOpenAiFake();
let baseUrl = "";
beforeAll(async () => {
  baseUrl = `${await fake.listen(0)}/v1`;
});
beforeEach(() => fake.faults.replace([]));
afterAll(() => fake.close());

const readStatuses = (from: number) =>
  fake.log
    .entries()
    .slice(from)
    .map(({ status }) => status);

/** All of them think except the first two, and none has an effort in common with all others. */
const MODELS = [
  "gpt-4o",
  "gpt-4o-mini-2024-07-18",
  "gpt-5",
  "gpt-5-mini-2025-08-07",
  "o3",
  "gpt-5.6-luna",
  "gpt-5.6-terra",
  "gpt-5.6-sol",
  "gpt-6-luna",
  "gpt-6.1-terra",
  "gpt-6.1-sol-2026-10-26",
];

const CASES = MODELS.flatMap((model) => (["responses", "chat"] as const).map((api) => [model, api] as const));

it.each(CASES)("%s answers over the API %s at its first call", async (model, api) => {
  const client = createModelClient(createTestEndpoint(baseUrl, { model, api }));
  const from = fake.log.entries().length;
  const { text, without } = await client.complete(createTestCall());
  expect(text).toContain("Fake answer");
  expect(without).toEqual([]);
  expect(readStatuses(from)).toEqual([200]);
});

it.each(["responses", "chat"] as const)(
  "an effort that a model does not accept is replaced by the next one that it accepts: %s API",
  async (api) => {
    const settings = { model: "gpt-5-mini", api, effort: "none" } as const;
    const client = createModelClient(createTestEndpoint(baseUrl, settings));
    const from = fake.log.entries().length;
    await client.complete(createTestCall());
    await client.complete(createTestCall());
    expect(readStatuses(from)).toEqual([400, 200, 200]);
    expect(JSON.stringify(fake.log.entries().at(-1)?.body)).toContain('"minimal"');
  },
);

it("the settings of a tier replace the effort and the limit of its family", async () => {
  const settings = { model: "gpt-6.1-terra", effort: "high", outputTokens: 3_000 } as const;
  await createModelClient(createTestEndpoint(baseUrl, settings)).complete(createTestCall());
  expect(fake.log.entries().at(-1)?.body).toMatchObject({
    reasoning: { effort: "high" },
    max_output_tokens: 3_000,
  });
  const unset = { model: "gpt-6.1-terra", effort: "default" } as const;
  await createModelClient(createTestEndpoint(baseUrl, unset)).complete(createTestCall());
  expect(fake.log.entries().at(-1)?.body).not.toHaveProperty("reasoning");
});

it("a limit above that of the model is lowered to it", async () => {
  const settings = { model: "gpt-4o", outputTokens: 20_000 } as const;
  const client = createModelClient(createTestEndpoint(baseUrl, settings));
  await client.complete(createTestCall());
  expect(fake.log.entries().at(-1)?.body).toMatchObject({ max_output_tokens: 16_384 });
});

it("OpenAI's models embed with the length that is asked for, and one with a single length without it", async () => {
  const client = createEmbeddingClient(createTestEmbeddings(baseUrl));
  const signal = new AbortController().signal;
  const call = { texts: ["refund", "deposit"], signal };
  const small = await client.embed({ ...call, model: "text-embedding-3-small", dimensions: 256 });
  expect(small.vectors.map(({ length }) => length)).toEqual([256, 256]);
  expect(small.costUsd).toBeCloseTo((2 * 0.02) / 1_000_000, 12);
  const ada = await client.embed({ ...call, model: "text-embedding-ada-002", dimensions: 1_536 });
  expect(ada.vectors[1]).toHaveLength(1_536);
});

it("a refused key, an unknown model and a failing server are not asked again", async () => {
  const client = createModelClient(createTestEndpoint(baseUrl, { model: "gpt-4o" }));
  for (const [status, type] of [
    [401, "ModelRefused"],
    [403, "ModelRefused"],
    [429, "ModelThrottled"],
    [500, "ModelDown"],
  ] as const) {
    const from = fake.log.entries().length;
    fake.faults.replace([{ match: { path: "/v1/responses" }, times: null, fault: { status } }]);
    await expect(client.complete(createTestCall())).rejects.toMatchObject({ type });
    expect(readStatuses(from)).toEqual([status]);
  }
  fake.faults.replace([]);
  const typo = createModelClient(createTestEndpoint(baseUrl, { model: "gpt-9-typo" }));
  const from = fake.log.entries().length;
  await expect(typo.complete(createTestCall())).rejects.toMatchObject({ type: "ModelRefused" });
  expect(readStatuses(from)).toEqual([404]);
});
