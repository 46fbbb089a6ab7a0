import { expect, it } from "vitest";
import { createModelClient } from "../../../../../activities/answer/model/model-client.ts";
import { openHttpPeer } from "../../../../support/http-peer.ts";
import { createTestCall, createTestEndpoint } from "../../../../support/activities/model-calls.ts";

const TEXT = "The deposit is $100.";
const USAGE = { prompt_tokens: 900, completion_tokens: 8, total_tokens: 908 };

/** The result of one call to a server that responds with this body. */
async function complete(api: "chat" | "responses", body: object) {
  const peer = await openHttpPeer((response) =>
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body)),
  );
  const client = createModelClient(createTestEndpoint(`${peer.url}/v1`, { api, outputTokens: 400 }));
  return await client.complete(createTestCall()).catch(({ type }: { type: string }) => ({ type }));
}
const chat = async (finishReason: unknown, more: object = {}) =>
  await complete("chat", {
    choices: [{ index: 0, finish_reason: finishReason, message: { content: TEXT, ...more } }],
    usage: USAGE,
  });

const WHOLE = [
  ["stop", "end", "STOP", "eos_token", "eos", "EOS", "end_turn", "stop_sequence", "COMPLETE", "completed"],
  ["FINISH_REASON_STOP", "finished", "", "unknown", "other", null, undefined],
].flat();

it.each(WHOLE.map((reason) => [reason] as const))(
  "a whole text that ends with %j is used",
  async (reason) => {
    expect(await chat(reason)).toMatchObject({ text: TEXT, outputTokens: 8 });
  },
);

it.each([
  ["length", "CompletionUnusable"],
  ["MAX_TOKENS", "CompletionUnusable"],
  ["max_output_tokens", "CompletionUnusable"],
  ["model_length", "CompletionUnusable"],
  ["model_context_window_exceeded", "CompletionUnusable"],
  ["tool_calls", "CompletionUnusable"],
  ["function_call", "CompletionUnusable"],
  ["content_filter", "ContentFiltered"],
  ["SAFETY", "ContentFiltered"],
  ["RECITATION", "ContentFiltered"],
  ["sensitive", "ContentFiltered"],
  ["refusal", "ContentFiltered"],
  ["error", "ModelDown"],
  ["abort", "ModelDown"],
  ["network_error", "ModelDown"],
  ["insufficient_system_resource", "ModelDown"],
])("a text that ends with %s is a failure of the type %s", async (reason, type) => {
  expect(await chat(reason)).toEqual({ type });
});

it("a text without a reason that is as long as its limit is cut", async () => {
  const usage = { ...USAGE, completion_tokens: 400 };
  const choices = [{ index: 0, finish_reason: null, message: { content: TEXT } }];
  expect(await complete("chat", { choices, usage })).toEqual({ type: "CompletionUnusable" });
});

it("thinking in the text is cut, and a completion of nothing else cannot be used", async () => {
  const thought = "<think>The deposit is negotiable, but I should not say so.</think>";
  expect(await chat("stop", { content: `${thought}\n\n${TEXT}` })).toMatchObject({ text: TEXT });
  expect(await chat("stop", { content: thought })).toEqual({ type: "CompletionUnusable" });
  expect(await chat("stop", { content: null, reasoning_content: thought })).toEqual({
    type: "CompletionUnusable",
  });
});

it("parts of a content that are thinking are not for the contact", async () => {
  const content = [
    { type: "thinking", thinking: [{ type: "text", text: "Hm." }] },
    { type: "reasoning", text: "Hm." },
    { type: "text", text: TEXT },
  ];
  expect(await chat("stop", { content })).toMatchObject({ text: TEXT });
  expect(await chat("stop", { content: content.slice(0, 2) })).toEqual({ type: "CompletionUnusable" });
});

it("an error in a successful response is that of the vendor", async () => {
  const error = { message: "no", code: 429 };
  expect(await complete("chat", { error })).toEqual({ type: "ModelThrottled" });
  expect(await complete("chat", { choices: [{ error: { code: 502 }, message: { content: "" } }] })).toEqual({
    type: "ModelDown",
  });
  expect(await complete("chat", { error: { code: 402 } })).toEqual({ type: "ModelRefused" });
});

const message = (text: string, more: object = {}) => ({
  type: "message",
  role: "assistant",
  content: [{ type: "output_text", text }],
  ...more,
});

it.each([["completed"], [undefined], [null], ["succeeded"]])(
  "the answer of a response with the status %j is used, without its thinking and commentary",
  async (status) => {
    const output = [
      { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "Hm." }] },
      message("I look that up.", { phase: "commentary" }),
      message(`<think>Hm.</think>${TEXT}`, { phase: "final_answer" }),
    ];
    const body = { object: "response", status, output };
    expect(await complete("responses", body)).toMatchObject({ text: TEXT, requestId: null });
  },
);

it("a response whose reasoning has used the limit up cannot be used", async () => {
  const body = {
    object: "response",
    status: "incomplete",
    incomplete_details: { reason: "max_output_tokens" },
    output: [{ type: "reasoning", id: "rs_1", summary: [] }],
    usage: { input_tokens: 900, output_tokens: 400, output_tokens_details: { reasoning_tokens: 400 } },
  };
  expect(await complete("responses", body)).toEqual({ type: "CompletionUnusable" });
});

it.each([
  ["none", {}],
  ["zeros", { usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } }],
  ["texts", { usage: { prompt_tokens: "900", completion_tokens: "8" } }],
  ["a null", { usage: null }],
])("a server that reports %s as its usage costs more than nothing", async (_, usage) => {
  const choices = [{ index: 0, finish_reason: "stop", message: { content: TEXT } }];
  const completion = await complete("chat", { choices, ...usage });
  expect(completion).toMatchObject({ text: TEXT, cachedTokens: 0, inputTokens: expect.any(Number) });
  expect(completion).toHaveProperty("costUsd");
  expect("costUsd" in completion && completion.costUsd).toBeGreaterThan(0);
});

it("numbers that no integer of PostgreSQL holds do not lose a paid completion", async () => {
  const usage = {
    prompt_tokens: 1e15,
    completion_tokens: 7.6,
    total_tokens: 1e15,
    prompt_tokens_details: { cached_tokens: 1e16 },
  };
  const choices = [{ index: 0, finish_reason: "stop", message: { content: TEXT } }];
  expect(await complete("chat", { choices, usage })).toMatchObject({
    inputTokens: 2_147_483_647,
    cachedTokens: 2_147_483_647,
    outputTokens: 8,
  });
});
