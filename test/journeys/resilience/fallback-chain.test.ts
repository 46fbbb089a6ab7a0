import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import type { FaultScript } from "../../../infra/sandbox/fakes/server/fault-script.ts";
import { eventually } from "../../support/eventually.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";

const GPT_4O = { path: "/v1/responses", model: "gpt-4o" };
const ANY_MODEL = { path: "/v1/responses" };
const QUESTION = "How many days do I have to return something?";
let parley: Installation;
let contacts = 0;

beforeAll(async () => {
  parley = await openInstallation();
});
beforeEach(() => parley.openai.faults.clear());
afterAll(() => parley.close());

async function replyUnderFaults(script: FaultScript, text: string) {
  parley.openai.faults.replace(script);
  const { id } = await parley.sendWebhook({ from: `chain-${contacts++}`, text });
  const row = await eventually("an answer", async () =>
    (await findMessageOutcomes(parley.db, [id])).find(({ state }) => state === "answered"),
  );
  const fired = parley.openai.faults.list().map((item) => item.fired);
  return { tier: row.tier, reason: row.tierReason, fired };
}

describe("the fallback chain", () => {
  it("the full context answers when all is well, and the reply is cached", async () => {
    expect(await replyUnderFaults([], QUESTION)).toMatchObject({ tier: "full_context", reason: null });
  });

  it("the cached reply answers when the model is down and the same question was asked before", async () => {
    const answer = await replyUnderFaults(
      [{ match: ANY_MODEL, times: null, fault: { status: 500 } }],
      QUESTION,
    );
    expect(answer).toMatchObject({ tier: "cached_answer", reason: "ModelDown" });
    expect(answer.fired[0]).toBeGreaterThan(0);
  });

  it("the compressed context answers when the full context does not fit", async () => {
    const body = JSON.stringify({
      error: {
        message: "too long",
        type: "invalid_request_error",
        code: "context_length_exceeded",
        param: null,
      },
    });
    const answer = await replyUnderFaults(
      [{ match: GPT_4O, times: 1, fault: { status: 400, body } }],
      "Is a lamp returnable?",
    );
    expect(answer).toEqual({ tier: "compressed_context", reason: "ContextTooLong", fired: [1] });
  });

  it("the smaller model answers when the provider throttles the main model for long", async () => {
    const answer = await replyUnderFaults(
      [{ match: GPT_4O, times: null, fault: { status: 429, headers: { "retry-after": "60" } } }],
      "Is a pump returnable?",
    );
    expect(answer).toMatchObject({ tier: "smaller_model", reason: "ModelThrottled" });
    expect(answer.fired).toEqual([1]);
  });

  it("a short throttle is waited out within the same tier", async () => {
    const answer = await replyUnderFaults(
      [{ match: GPT_4O, times: 1, fault: { status: 429, headers: { "retry-after-ms": "50" } } }],
      "Is a chain returnable?",
    );
    expect(answer).toEqual({ tier: "full_context", reason: null, fired: [1] });
  });

  it("the compressed context answers when the completion is unusable", async () => {
    const answer = await replyUnderFaults(
      [{ match: GPT_4O, times: 1, fault: { garbage: true } }],
      "Is a saddle returnable?",
    );
    expect(answer).toEqual({ tier: "compressed_context", reason: "CompletionUnusable", fired: [1] });
  });

  it("the model is called once more when the connection is cut before the completion", async () => {
    const answer = await replyUnderFaults(
      [{ match: GPT_4O, times: 1, fault: { accept_then_drop: true } }],
      "Is a mudguard returnable?",
    );
    expect(answer).toEqual({ tier: "full_context", reason: null, fired: [1] });
  });

  it("a fixed text without a cause is sent when every model refuses the call", async () => {
    const body = JSON.stringify({
      error: { message: "no", type: "invalid_request_error", code: "invalid_api_key", param: null },
    });
    const answer = await replyUnderFaults(
      [{ match: ANY_MODEL, times: null, fault: { status: 401, body } }],
      "Is a basket returnable?",
    );
    expect(answer).toMatchObject({ tier: "fixed_text", reason: "ModelRefused" });
    const reply = (await parley.replies()).at(-1);
    expect(reply?.text).toMatch(/^Sorry/);
    expect(reply?.text).not.toMatch(/model|key|401|OpenAI/i);
  });

  it("a reply is sent within the time budget of the turn when the model is slow", async () => {
    const answer = await replyUnderFaults(
      [{ match: ANY_MODEL, times: null, fault: { delay_ms: 90_000 } }],
      "Is a bottle returnable?",
    );
    expect(answer.tier).toBe("fixed_text");
    expect(answer.fired[0]).toBeGreaterThanOrEqual(3);
  });
});

describe("retrieval", () => {
  it("retrieval uses keywords alone when embeddings are unavailable", async () => {
    const answer = await replyUnderFaults(
      [{ match: { path: "/v1/embeddings" }, times: null, fault: { status: 503 } }],
      "How many days until a refund is paid?",
    );
    expect(answer).toMatchObject({ tier: "full_context" });
    expect(answer.fired[0]).toBeGreaterThan(0);
    expect((await parley.replies()).at(-1)?.text).toContain("working days");
  });
});
