import OpenAI, { BadRequestError } from "openai";
import { afterEach, beforeEach, expect, test } from "vitest";
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

const ask = async (more: object) =>
  await openai.responses.create({ model: "gpt-4o", input: "Is the shop closed on Sundays?", ...more });
const chatWith = async (more: object) =>
  await openai.chat.completions.create({
    model: "gpt-4o",
    messages: [{ role: "user", content: "hi" }],
    ...more,
  });

test("settings that a model does not take are refused", async () => {
  await expect(ask({ reasoning: { effort: "low" } })).rejects.toMatchObject({
    code: "unsupported_parameter",
  });
  const six = { model: "gpt-6.1-terra", temperature: 0.2 };
  await expect(ask(six)).rejects.toBeInstanceOf(BadRequestError);
  await ask({ ...six, reasoning: { effort: "none" } });
  await expect(chatWith({ model: "gpt-5", temperature: 0.2 })).rejects.toMatchObject({
    param: "temperature",
  });
});

test.each([
  ["gpt-5-mini", "none", "'minimal', 'low', 'medium', and 'high'"],
  ["o3", "minimal", "'low', 'medium', and 'high'"],
  ["gpt-6-luna", "minimal", "'none', 'low', 'medium', 'high', 'xhigh', and 'max'"],
])("%s refuses the effort %s and lists those that it accepts", async (model, effort, listed) => {
  await expect(ask({ model, reasoning: { effort } })).rejects.toMatchObject({
    status: 400,
    code: "unsupported_value",
    param: "reasoning.effort",
    message: expect.stringContaining(`Supported values are: ${listed}.`),
  });
});

test("an argument that an endpoint does not know is refused", async () => {
  await expect(ask({ top_k: 5 })).rejects.toMatchObject({
    status: 400,
    code: "unknown_parameter",
    param: "top_k",
  });
  await expect(chatWith({ max_output_tokens: 20, top_k: 5 })).rejects.toMatchObject({
    status: 400,
    message: "400 Unrecognized request arguments supplied: max_output_tokens, top_k",
  });
  const embedding = { model: "text-embedding-3-small", input: "hi", truncate: true };
  await expect(openai.embeddings.create(embedding)).rejects.toMatchObject({
    message: "400 Unrecognized request argument supplied: truncate",
  });
});

test("limits that the real endpoint refuses are refused", async () => {
  await expect(ask({ max_output_tokens: 15 })).rejects.toMatchObject({ param: "max_output_tokens" });
  await expect(chatWith({ max_completion_tokens: 16_385 })).rejects.toThrow(
    "at most 16384 completion tokens",
  );
  await expect(chatWith({ max_tokens: 20, model: "gpt-5" })).rejects.toThrow(
    "Use 'max_completion_tokens' instead",
  );
  await expect(chatWith({ max_tokens: 20, max_completion_tokens: 20 })).rejects.toBeInstanceOf(
    BadRequestError,
  );
  await expect(ask({ safety_identifier: "x".repeat(65) })).rejects.toMatchObject({
    param: "safety_identifier",
  });
  await chatWith({ max_tokens: 20, model: "gpt-4o-2024-11-20" });
});

test("a reasoning model at its default effort spends the tokens of a short answer before its first word", async () => {
  const response = await ask({
    model: "gpt-6.1-terra",
    max_output_tokens: 400,
  });
  expect(response).toMatchObject({
    status: "incomplete",
    output_text: "",
    output: [{ type: "reasoning" }],
    usage: { output_tokens: 400, output_tokens_details: { reasoning_tokens: 400 } },
  });
  const chat = await openai.chat.completions.create({
    model: "gpt-5-mini",
    max_completion_tokens: 400,
    messages: [{ role: "user", content: "hi" }],
  });
  expect(chat).toMatchObject({
    choices: [{ finish_reason: "length", message: { content: "" } }],
    usage: { completion_tokens: 400, completion_tokens_details: { reasoning_tokens: 400 } },
  });
});

test("reasoning tokens depend on the effort and are part of the output", async () => {
  const question = { model: "gpt-6.1-terra", max_output_tokens: 400 };
  const none = await ask({ ...question, reasoning: { effort: "none" } });
  expect(none).toMatchObject({ status: "completed", output: [{ type: "message" }] });
  const low = await ask({ ...question, reasoning: { effort: "low" } });
  expect(low).toMatchObject({ status: "completed", output: [{ type: "reasoning" }, { type: "message" }] });
  expect(low.output_text).toBe(none.output_text);
  const spent = low.usage?.output_tokens_details.reasoning_tokens ?? 0;
  expect(low.usage?.output_tokens).toBe((none.usage?.output_tokens ?? 0) + spent);
});
