import { assert, property, string } from "fast-check";
import OpenAI from "openai";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hashedEmbedding } from "../../../../../infra/sandbox/fakes/openai/hashed-embedding.ts";
import { createOpenAiFake } from "../../../../../infra/sandbox/fakes/openai/openai-fake.ts";
import type { Fake } from "../../../../../infra/sandbox/fakes/server/fake.ts";

let fake: Fake;
let openai: OpenAI;

beforeEach(async () => {
  fake = createOpenAiFake();
  openai = new OpenAI({ apiKey: "any", baseURL: `${await fake.listen(0)}/v1`, maxRetries: 0 });
});
afterEach(async () => {
  await fake.close();
});

const model = "text-embedding-3-small";
const near = (a: string, b: string) => {
  const other = hashedEmbedding(b, 512);
  return hashedEmbedding(a, 512).reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0);
};

test("the client's default and the float format give the same vector", async () => {
  const packed = await openai.embeddings.create({ model, input: "refund", dimensions: 256 });
  const plain = await openai.embeddings.create({
    model,
    input: "refund",
    dimensions: 256,
    encoding_format: "float",
  });
  expect(packed.data[0]?.embedding).toEqual(plain.data[0]?.embedding);
  expect(packed.data[0]?.embedding).toHaveLength(256);
  expect(packed.usage.prompt_tokens).toBe(1);
});

test("several texts come back in order, each with the model's full length", async () => {
  const { data } = await openai.embeddings.create({ model, input: ["one", "two"] });
  expect(data.map(({ index, embedding }) => [index, embedding.length])).toEqual([
    [0, 1_536],
    [1, 1_536],
  ]);
  const large = await openai.embeddings.create({ model: "text-embedding-3-large", input: "one" });
  expect(large.data[0]?.embedding).toHaveLength(3_072);
});

test.each([
  ["an empty text", { input: [""] }],
  ["no text", { input: [] }],
  ["too many texts", { input: Array<string>(2_049).fill("x") }],
  ["a text of too many tokens", { input: "word ".repeat(8_200) }],
  ["too many dimensions", { input: "x", dimensions: 1_537 }],
])("%s is refused with 400", async (_what, request) => {
  await expect(openai.embeddings.create({ model, ...request })).rejects.toMatchObject({ status: 400 });
});

test("a model with one length of vectors refuses every other one", async () => {
  const ada = { model: "text-embedding-ada-002", input: "refund" };
  expect((await openai.embeddings.create(ada)).data[0]?.embedding).toHaveLength(1_536);
  await expect(openai.embeddings.create({ ...ada, dimensions: 1_536 })).rejects.toMatchObject({
    status: 400,
    param: "dimensions",
  });
});

test("a text model embeds nothing", async () => {
  const call = openai.embeddings.create({ model: "gpt-4o", input: "x" });
  await expect(call).rejects.toMatchObject({ status: 404, code: "model_not_found" });
});

test("texts that share words are nearer than texts that do not", () => {
  const question = "How do I get a refund for my order?";
  const response = near(question, "Refunds: we refund orders within five days.");
  expect(response).toBeGreaterThan(0.3);
  expect(response).toBeGreaterThan(near(question, "The shop is closed on Sundays.") + 0.2);
});

test("a typing error, an accent or an ending changes the vector only slightly", () => {
  expect(near("delivery adress", "delivery address")).toBeGreaterThan(0.5);
  expect(near("café", "Cafe")).toBeCloseTo(1, 5);
  expect(near("refunded", "refunds")).toBeCloseTo(1, 5);
});

test("every text has one vector of length 1", () => {
  assert(
    property(string({ minLength: 1, unit: "grapheme" }), (text) => {
      const vector = hashedEmbedding(text, 64);
      expect(vector).toEqual(hashedEmbedding(text, 64));
      expect(Math.hypot(...vector)).toBeCloseTo(1, 4);
    }),
  );
});
