import { CancelledFailure } from "@temporalio/activity";
import { expect, test } from "vitest";
import { createCircuits } from "../../../../activities/answer/model/circuits.ts";
import { createModelClient } from "../../../../activities/answer/model/model-client.ts";
import { openHttpPeer } from "../../../support/http-peer.ts";
import { createTestCall, createTestEndpoint } from "../../../support/activities/model-calls.ts";

type Api = "responses" | "chat";
interface Answer {
  api: Api;
  status: number;
  body: string;
}

const error = (code: string | null, more: object = {}) =>
  JSON.stringify({ error: { message: "no", type: "invalid_request_error", param: null, code, ...more } });
const response = (more: object) => JSON.stringify({ id: "resp_1", object: "response", output: [], ...more });
const choice = (more: object) => JSON.stringify({ choices: [{ index: 0, ...more }] });
const saySomething = (content: object[]) => [{ type: "message", role: "assistant", content }];
const GOOD: Readonly<Record<Api, string>> = {
  responses: response({ status: "completed", output: saySomething([{ type: "output_text", text: "Yes." }]) }),
  chat: choice({ finish_reason: "stop", message: { role: "assistant", content: "Yes." } }),
};

/** What providers and gateways answer to a prompt that their filter refuses. */
const FILTERED: Readonly<Record<string, Answer>> = {
  "400 with content_filter": { api: "responses", status: 400, body: error("content_filter") },
  "400 with content_policy_violation": { api: "chat", status: 400, body: error("content_policy_violation") },
  "400 with invalid_prompt": { api: "responses", status: 400, body: error("invalid_prompt") },
  "Azure's inner error": {
    api: "chat",
    status: 400,
    body: error(null, { innererror: { code: "ResponsibleAIPolicyViolation" } }),
  },
  "an incomplete response": {
    api: "responses",
    status: 200,
    body: response({ status: "incomplete", incomplete_details: { reason: "content_filter" } }),
  },
  "a failed response": {
    api: "responses",
    status: 200,
    body: response({ status: "failed", error: { code: "invalid_prompt", message: "no" } }),
  },
  "a refusal of the Responses API": {
    api: "responses",
    status: 200,
    body: response({
      status: "completed",
      output: saySomething([{ type: "refusal", refusal: "I cannot." }]),
    }),
  },
  "finish_reason content_filter": {
    api: "chat",
    status: 200,
    body: choice({ finish_reason: "content_filter", message: { role: "assistant", content: "" } }),
  },
  "a refusal of Chat Completions": {
    api: "chat",
    status: 200,
    body: choice({
      finish_reason: "stop",
      message: { role: "assistant", content: null, refusal: "I cannot." },
    }),
  },
};

/** Other facts about one call, not about the provider. */
const OWN_FAULTS: Readonly<Record<string, Answer>> = {
  ContextTooLong: { api: "responses", status: 400, body: error("context_length_exceeded") },
  ModelRefused: { api: "chat", status: 401, body: error("invalid_api_key") },
  CompletionUnusable: {
    api: "responses",
    status: 200,
    body: response({ status: "incomplete", incomplete_details: { reason: "max_output_tokens" } }),
  },
};

const PROVIDER_TROUBLE: Readonly<Record<string, Answer>> = {
  "a 500": { api: "responses", status: 500, body: "{}" },
  "a 429": { api: "chat", status: 429, body: error("rate_limit_exceeded") },
  "the page of a gateway": { api: "chat", status: 200, body: "<html>bad gateway</html>" },
  "a response of another API": { api: "responses", status: 200, body: '{"ok":true}' },
  "no choices": { api: "chat", status: 200, body: '{"choices":[]}' },
  "a failed response": {
    api: "responses",
    status: 200,
    body: response({ status: "failed", error: { code: "server_error", message: "no" } }),
  },
};

async function openProvider({ api, status, body }: Answer) {
  const answer = { status, body };
  const peer = await openHttpPeer((reply) =>
    reply.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body),
  );
  const client = createModelClient(createTestEndpoint(`${peer.url}/v1`, { api }));
  const circuits = createCircuits();
  const ask = async (signal = new AbortController().signal) =>
    await circuits.run("gpt-4o", () => client.complete(createTestCall({ signal })));
  return {
    peer,
    ask,
    /** The types of six failures in a row; five open a circuit. */
    async failSixTimes(): Promise<unknown[]> {
      const types: unknown[] = [];
      for (let i = 0; i < 6; i++) types.push(await ask().catch((failure: { type: unknown }) => failure.type));
      return types;
    },
    heal: () => Object.assign(answer, { status: 200, body: GOOD[api] }),
  };
}

test.each(Object.keys(FILTERED))(
  "a filtered prompt (%s) does not close the model to others",
  async (form) => {
    const provider = await openProvider(FILTERED[form] as Answer);
    expect(new Set(await provider.failSixTimes())).toEqual(new Set(["ContentFiltered"]));
    expect(provider.peer.requests).toHaveLength(6);
    provider.heal();
    expect(await provider.ask()).toMatchObject({ text: "Yes." });
  },
);

test.each(Object.keys(OWN_FAULTS))(
  "six failures of the type %s do not close the model to others",
  async (type) => {
    const provider = await openProvider(OWN_FAULTS[type] as Answer);
    expect(new Set(await provider.failSixTimes())).toEqual(new Set([type]));
    provider.heal();
    expect(await provider.ask()).toMatchObject({ text: "Yes." });
  },
);

test("calls that a cancelled workflow ends do not close the model to others", async () => {
  const provider = await openProvider({ api: "responses", status: 200, body: GOOD.responses });
  const cancelled = AbortSignal.abort(new CancelledFailure("CANCELLED"));
  for (let i = 0; i < 6; i++)
    await expect(provider.ask(cancelled)).rejects.toMatchObject({ type: "ModelDown" });
  expect(await provider.ask()).toMatchObject({ text: "Yes." });
});

test.each(Object.keys(PROVIDER_TROUBLE))(
  "after five answers of the kind %s the model is not called",
  async (kind) => {
    const provider = await openProvider(PROVIDER_TROUBLE[kind] as Answer);
    await provider.failSixTimes();
    expect(provider.peer.requests).toHaveLength(5);
  },
);
