import { expect, it } from "vitest";
import {
  findEmbeddingPrice,
  findFamily,
} from "../../../../../activities/answer/model/families/find-family.ts";
import { MODEL_FAMILIES } from "../../../../../activities/answer/model/families/model-families.ts";
import {
  chooseEffort,
  choosePrices,
  estimateTurnUsd,
  limitOutput,
} from "../../../../../activities/answer/model/model-endpoint.ts";
import { createTestEndpoint } from "../../../../support/activities/model-calls.ts";

it.each([
  [
    "gpt-4o",
    [
      "gpt-4o-2024-11-20",
      "openai/gpt-4o",
      "azure/gpt-4o",
      "prod-gpt4o-eu",
      "GPT-4o",
      "gpt-4o:latest",
      "my_gpt_4o",
    ],
  ],
  ["gpt-4o-mini", ["gpt-4o-mini-2024-07-18", "gpt4o-mini", "gpt4omini", "team-gpt-4o-mini-2"]],
  ["gpt-4.1-mini", ["gpt-4.1-mini-2025-04-14", "gpt-41-mini", "gpt-4-1-mini"]],
  ["gpt-3.5-turbo", ["gpt-35-turbo", "gpt-3.5-turbo-0125"]],
  ["gpt-4", ["gpt-4-0613", "gpt-4-1106-preview"]],
  ["gpt-5", ["gpt-5-2025-08-07", "shop-gpt5"]],
  ["gpt-5-mini", ["gpt-5-mini-2025-08-07", "gpt5-mini-sweden"]],
  ["gpt-5.1", ["gpt-5.1-2025-11-13", "gpt-51"]],
  ["gpt-5.6-terra", ["gpt-5.6-terra-2026-07-09", "eu.gpt-5.6-terra"]],
  ["gpt-6.1-terra", ["gpt-6.1-terra-2026-10-26", "openrouter/openai/gpt-6.1-terra"]],
  ["gpt-6-luna", ["gpt-6-luna-2026-09-22", "prod-gpt6-luna"]],
  ["o3", ["o3-2025-04-16", "openai/o3"]],
  ["o4-mini", ["o4-mini-2025-04-16"]],
  ["gpt-oss", ["gpt-oss:20b", "openai/gpt-oss-120b"]],
] as const)("names of the family %s have its prices and its effort", (family, names) => {
  for (const name of [family, ...names]) expect(findFamily(name), name).toBe(MODEL_FAMILIES[family]);
});

it.each([
  "llama3.2:3b",
  "claude-opus-5-5",
  "gpt-4o-audio-preview",
  "gpt-4.5-preview",
  "chat-prod",
  "",
  "deepseek-r1",
  "foo3",
  "gpt-4o3",
])("the name %j is of no listed family", (name) => {
  expect(findFamily(name)).toEqual({ prices: null, effort: "unknown" });
});

it.each(["gpt-7-nova", "gpt-6-terra-next", "gpt-6.1-terra-fast", "gpt-10"])(
  "the later model %s thinks as little as it can, at the highest price",
  (model) => {
    const endpoint = createTestEndpoint("http://127.0.0.1", { model });
    expect(chooseEffort(endpoint)).toBe("none");
    expect(choosePrices(endpoint)).toEqual({ input: 5, cachedInput: 5, output: 30 });
  },
);

it("a fine-tuned model is counted at twice the price of its family", () => {
  expect(findFamily("ft:gpt-4o-mini-2024-07-18:acme::a1B2").prices).toEqual({
    input: 0.3,
    cachedInput: 0.15,
    output: 1.2,
  });
});

it("the prices are those of the settings, then of the configured name, then of the name in the response", () => {
  const own = { input: 0, cachedInput: 0, output: 0 };
  expect(choosePrices(createTestEndpoint("http://a", { prices: own }), "gpt-4o")).toBe(own);
  const deployment = createTestEndpoint("http://a", { model: "chat-prod" });
  expect(choosePrices(deployment, "gpt-4o-mini-2024-07-18")).toBe(MODEL_FAMILIES["gpt-4o-mini"]?.prices);
  expect(choosePrices(deployment, null)).toEqual({ input: 5, cachedInput: 5, output: 30 });
});

it("models that may think have room for it, and others only for an answer", () => {
  const roomOf = (model: string) => {
    const endpoint = createTestEndpoint("http://a", { model });
    return limitOutput(endpoint, chooseEffort(endpoint));
  };
  expect(roomOf("gpt-4o")).toEqual({ answer: 400, thinking: 0 });
  expect(roomOf("gpt-6.1-terra")).toEqual({ answer: 400, thinking: 0 });
  expect(roomOf("gpt-5-mini")).toEqual({ answer: 400, thinking: 1_000 });
  expect(roomOf("o3")).toEqual({ answer: 400, thinking: 2_000 });
  expect(roomOf("deepseek-r1")).toEqual({ answer: 400, thinking: 4_000 });
});

it("a turn reserves what its longest prompt and its answer may cost", () => {
  expect(estimateTurnUsd(createTestEndpoint("http://a", { model: "gpt-4o" }))).toBe(0.03);
  expect(estimateTurnUsd(createTestEndpoint("http://a", { model: "gpt-6-luna" }))).toBe(0.01);
  const local = { input: 0, cachedInput: 0, output: 0 };
  expect(estimateTurnUsd(createTestEndpoint("http://a", { model: "llama", prices: local }))).toBe(0.01);
});

it("embedding models are priced by their family", () => {
  expect(findEmbeddingPrice("text-embedding-3-small")).toBe(0.02);
  expect(findEmbeddingPrice("prod-text-embedding-3-large")).toBe(0.13);
  expect(findEmbeddingPrice("bge-m3")).toBeNull();
});
