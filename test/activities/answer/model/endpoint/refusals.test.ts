import { expect, it } from "vitest";
import { createEmbeddingClient } from "../../../../../activities/answer/model/embedding-client.ts";
import { createModelClient } from "../../../../../activities/answer/model/model-client.ts";
import { openHttpPeer } from "../../../../support/http-peer.ts";
import {
  createTestCall,
  createTestEmbeddings,
  createTestEndpoint,
} from "../../../../support/activities/model-calls.ts";

const ANSWER = { choices: [{ index: 0, finish_reason: "stop", message: { content: "Yes." } }] };

type Body = Record<string, unknown>;

/** A server that refuses a call while `isRefused` of its body is true, with this response. */
async function openServer(
  isRefused: (body: Body) => boolean,
  refusal: { status: number; body: unknown },
  model = "gpt-5-mini",
) {
  const peer = await openHttpPeer((response, { body }) => {
    const refused = isRefused(JSON.parse(body) as Body);
    const { status, body: answer } = refused ? refusal : { status: 200, body: ANSWER };
    const text = typeof answer === "string" ? answer : JSON.stringify(answer);
    response.writeHead(status, { "content-type": "application/json" }).end(text);
  });
  const client = createModelClient(createTestEndpoint(`${peer.url}/v1`, { model, api: "chat" }));
  const bodies = () => peer.requests.map(({ body }) => JSON.parse(body) as Body);
  return { complete: async () => await client.complete(createTestCall()), bodies };
}
const openai = (message: string, more: object = {}) => ({
  status: 400,
  body: { error: { message, type: "invalid_request_error", param: null, code: null, ...more } },
});

/** Refusals of one argument in the words of many servers. */
const WORDS: readonly [string, { status: number; body: unknown }][] = [
  ["safety_identifier", openai("Unrecognized request argument supplied: safety_identifier")],
  [
    "safety_identifier",
    openai("Unknown parameter: 'safety_identifier'.", {
      param: "safety_identifier",
      code: "unknown_parameter",
    }),
  ],
  ["safety_identifier", openai("property 'safety_identifier' is unsupported")],
  ["safety_identifier", openai("Argument not supported on this model: safetyIdentifier")],
  [
    "safety_identifier",
    {
      status: 422,
      body: {
        detail: [
          {
            type: "extra_forbidden",
            loc: ["body", "safety_identifier"],
            msg: "Extra inputs are not permitted",
          },
        ],
      },
    },
  ],
  [
    "safety_identifier",
    {
      status: 422,
      body: {
        error:
          "Failed to deserialize the JSON body: unknown field `safety_identifier`, expected one of `messages`, `model`, `max_completion_tokens`, `reasoning_effort`",
      },
    },
  ],
  [
    "safety_identifier",
    {
      status: 400,
      body: { message: "Additional properties are not allowed ('safety_identifier' was unexpected)" },
    },
  ],
  ["safety_identifier", { status: 400, body: { errors: { safety_identifier: ["Unrecognized key"] } } }],
  ["safety_identifier", { status: 400, body: "Invalid request: safety_identifier" }],
  [
    "safety_identifier",
    {
      status: 400,
      body: {
        error: {
          message: '{"error":{"message":"Unknown name \\"safety_identifier\\": Cannot find field."}}',
        },
      },
    },
  ],
  ["reasoning_effort", openai("Unrecognized request argument supplied: reasoning_effort")],
  [
    "reasoning_effort",
    openai("Unsupported parameter: 'reasoning_effort' is not supported with this model.", {
      param: "reasoning_effort",
    }),
  ],
  ["reasoning_effort", openai('"llama3" does not support thinking')],
  ["reasoning_effort", openai("Thinking is not enabled for this model")],
  ["reasoning_effort", openai("Argument not supported on this model: reasoningEffort")],
  [
    "max_completion_tokens",
    openai("Unsupported parameter: max_completion_tokens. Use 'max_tokens' instead."),
  ],
  [
    "max_completion_tokens",
    {
      status: 422,
      body: { detail: [{ loc: ["body", "max_completion_tokens"], msg: "Extra inputs are not permitted" }] },
    },
  ],
];

it.each(WORDS)(
  "a refusal of %s is understood, and only this argument is left out: %j",
  async (name, refusal) => {
    const { complete, bodies } = await openServer((body) => name in body, refusal);
    expect(await complete()).toMatchObject({ text: "Yes.", without: [name] });
    await complete();
    const [first = {}, second = {}, third = {}, ...others] = bodies();
    expect(others).toEqual([]);
    const left = Object.keys(first).filter((key) => !(key in second));
    expect(left).toEqual([name]);
    expect(third).toEqual(second);
    if (name === "max_completion_tokens") expect(second).toHaveProperty("max_tokens", first[name]);
  },
);

it("a server that refuses one argument after the other is asked once for each of them", async () => {
  const refused = ["safety_identifier", "reasoning_effort", "max_completion_tokens", "max_tokens"];
  const peer = await openHttpPeer((response, { body }) => {
    const name = refused.find((each) => each in (JSON.parse(body) as Body));
    const status = name === undefined ? 200 : 400;
    const answer = name === undefined ? ANSWER : { error: { message: `Unknown field: ${name}` } };
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  const client = createModelClient(
    createTestEndpoint(`${peer.url}/v1`, { model: "gpt-5-mini", api: "chat" }),
  );
  expect(await client.complete(createTestCall())).toMatchObject({ text: "Yes.", without: refused });
  expect(peer.requests).toHaveLength(5);
  await client.complete(createTestCall());
  expect(peer.requests).toHaveLength(6);
});

it("concurrent first calls each find the refusal, and none of them is lost", async () => {
  const { complete, bodies } = await openServer(
    (body) => "safety_identifier" in body,
    openai("Unknown: safety_identifier"),
  );
  const completions = await Promise.all(Array.from({ length: 4 }, complete));
  expect(completions.map(({ text }) => text)).toEqual(["Yes.", "Yes.", "Yes.", "Yes."]);
  expect(bodies()).toHaveLength(8);
});

it("a server that always refuses the same argument is asked twice, and no third time", async () => {
  const { complete, bodies } = await openServer(() => true, openai("Unknown: safety_identifier"));
  await expect(complete()).rejects.toMatchObject({ type: "ModelRefused" });
  expect(bodies()).toHaveLength(2);
});

it("a refusal that repeats words of the prompt is remembered only if the call then succeeds", async () => {
  const isFirst = (body: Body) => JSON.stringify(body["messages"]).includes("open");
  const { complete, bodies } = await openServer(
    isFirst,
    openai("Invalid text: my safety_identifier is open"),
  );
  await expect(complete()).rejects.toMatchObject({ type: "ModelRefused" });
  await expect(complete()).rejects.toMatchObject({ type: "ModelRefused" });
  expect(bodies().map((body) => "safety_identifier" in body)).toEqual([true, false, true, false]);
});

it("a document with the word for an argument does not change the calls for other documents", async () => {
  const peer = await openHttpPeer((response, { body }) => {
    const { input, dimensions = 1_536 } = JSON.parse(body) as { input: string[]; dimensions?: number };
    const isRefused = input.includes("bad dimensions");
    const data = input.map(() => ({ embedding: Array.from({ length: dimensions }, () => 0.1) }));
    const error = { message: `Invalid input: ${input.join(" ")}` };
    response
      .writeHead(isRefused ? 400 : 200, { "content-type": "application/json" })
      .end(JSON.stringify(isRefused ? { error } : { data }));
  });
  const client = createEmbeddingClient(createTestEmbeddings(`${peer.url}/v1`));
  const call = { model: "m", dimensions: 2, signal: new AbortController().signal };
  await expect(client.embed({ ...call, texts: ["bad dimensions"] })).rejects.toMatchObject({ status: 400 });
  expect((await client.embed({ ...call, texts: ["good"] })).vectors).toEqual([[0.1, 0.1]]);
});

it.each([
  openai("The image is too large."),
  openai("Invalid prompt. See https://vendor.example/guides/reasoning_effort#max_completion_tokens.", {
    code: "invalid_prompt",
  }),
  openai("Invalid messages: reasoning about the order of the roles failed."),
  { status: 401, body: { error: { message: "safety_identifier" } } },
  { status: 429, body: { error: { message: "max_completion_tokens per minute" } } },
  { status: 503, body: { error: { message: "safety_identifier" } } },
])("a refusal for another reason is not repeated: %j", async (refusal) => {
  const { complete, bodies } = await openServer(() => true, refusal);
  await expect(complete()).rejects.toBeInstanceOf(Error);
  expect(bodies()).toHaveLength(1);
});

it.each([
  "This model's maximum context length is 4096 tokens. However, you requested 4800 tokens.",
  "the request exceeds the available context size, try increasing it",
  "'max_tokens' or 'max_completion_tokens' is too large: 4400. This model's maximum context length is 4096 tokens",
  "prompt is too long: 5000 tokens > 4096 maximum",
  "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 900 `inputs` tokens and 4400",
])(
  "a context that is too small for the thinking is asked for the answer alone, and then is too small: %s",
  async (message) => {
    const { complete, bodies } = await openServer(() => true, openai(message));
    await expect(complete()).rejects.toMatchObject({ type: "ContextTooLong" });
    expect(bodies().map((body) => body["max_completion_tokens"])).toEqual([1_400, 400]);
  },
);

it.each([
  "max_tokens is too large: 1400. This model supports at most 1024 completion tokens, whereas you provided 1400.",
  "Invalid max_tokens value, the valid range of max_tokens is [1, 1024]",
  "max_tokens: 1400 > 1024, which is the maximum allowed number of output tokens for claude",
  "The maximum tokens you requested exceeds the model limit of 1024. Try again with a maximum tokens value that is lower than 1024.",
  "`max_completion_tokens` must be less than or equal to `1024`",
])("a limit that a refusal names is the limit of the next calls: %s", async (message) => {
  const isTooLarge = (body: Body) => Number(body["max_completion_tokens"]) > 1_024;
  const { complete, bodies } = await openServer(isTooLarge, openai(message));
  await complete();
  await complete();
  expect(bodies().map((body) => body["max_completion_tokens"])).toEqual([1_400, 1_024, 1_024]);
});

it("a template without a system role gets the instructions before the first message", async () => {
  const hasSystem = (body: Body) => JSON.stringify(body["messages"]).includes('"system"');
  const { complete, bodies } = await openServer(hasSystem, openai("System role not supported"));
  expect(await complete()).toMatchObject({ text: "Yes." });
  expect(bodies()[1]?.["messages"]).toEqual([{ role: "user", content: "Answer.\n\nIs it open?" }]);
});
