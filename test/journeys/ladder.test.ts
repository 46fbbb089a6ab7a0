import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { outcomesOf } from "../../db/outcomes.ts";
import type { FaultScript } from "../../infra/dev/stand-ins/server/fault-script.ts";
import { eventually } from "../support/eventually.ts";
import { type Installation, openInstallation } from "../support/open-installation.ts";

const GPT_4O = { path: "/v1/responses", model: "gpt-4o" };
const ANY_MODEL = { path: "/v1/responses" };
const QUESTION = "How many days do I have to return something?";
let parley: Installation;
let people = 0;

beforeAll(async () => {
  parley = await openInstallation();
});
beforeEach(() => parley.openai.faults.clear());
afterAll(() => parley.close());

async function answerUnder(script: FaultScript, text: string) {
  parley.openai.faults.replace(script);
  const { id } = await parley.sendWebhook({ from: `ladder-${people++}`, text });
  const row = await eventually(
    "an answer",
    async () => (await outcomesOf(parley.db, [id])).find(({ state }) => state === "answered"),
    60_000,
  );
  const fired = parley.openai.faults.list().map((item) => item.fired);
  return { rung: row.rung, reason: row.rungReason, fired };
}

describe("the ladder", () => {
  it("answers from the full context when all is well, and keeps the answer", async () => {
    expect(await answerUnder([], QUESTION)).toMatchObject({ rung: "full_context", reason: null });
  });

  it("answers from the kept answer when the model is down and the same question was asked before", async () => {
    const answer = await answerUnder([{ match: ANY_MODEL, times: null, fault: { status: 500 } }], QUESTION);
    expect(answer).toMatchObject({ rung: "cached_answer", reason: "ModelDown" });
    expect(answer.fired[0]).toBeGreaterThan(0);
  });

  it("answers from less context when the whole does not fit", async () => {
    const body = JSON.stringify({
      error: {
        message: "too long",
        type: "invalid_request_error",
        code: "context_length_exceeded",
        param: null,
      },
    });
    const answer = await answerUnder(
      [{ match: GPT_4O, times: 1, fault: { status: 400, body } }],
      "Is a lamp returnable?",
    );
    expect(answer).toEqual({ rung: "compressed_context", reason: "ContextTooLong", fired: [1] });
  });

  it("answers from the smaller model when the provider throttles the big one for long", async () => {
    const answer = await answerUnder(
      [{ match: GPT_4O, times: null, fault: { status: 429, headers: { "retry-after": "60" } } }],
      "Is a pump returnable?",
    );
    expect(answer).toMatchObject({ rung: "smaller_model", reason: "ModelThrottled" });
    expect(answer.fired).toEqual([1]);
  });

  it("waits out a short throttle within the same rung", async () => {
    const answer = await answerUnder(
      [{ match: GPT_4O, times: 1, fault: { status: 429, headers: { "retry-after-ms": "50" } } }],
      "Is a chain returnable?",
    );
    expect(answer).toEqual({ rung: "full_context", reason: null, fired: [1] });
  });

  it("answers from less context when an answer is no answer", async () => {
    const answer = await answerUnder(
      [{ match: GPT_4O, times: 1, fault: { garbage: true } }],
      "Is a saddle returnable?",
    );
    expect(answer).toEqual({ rung: "compressed_context", reason: "AnswerUnusable", fired: [1] });
  });

  it("asks once more when the connection is cut before the answer", async () => {
    const answer = await answerUnder(
      [{ match: GPT_4O, times: 1, fault: { accept_then_drop: true } }],
      "Is a mudguard returnable?",
    );
    expect(answer).toEqual({ rung: "full_context", reason: null, fired: [1] });
  });

  it("sends a fixed text when every model refuses us, and names no cause in it", async () => {
    const body = JSON.stringify({
      error: { message: "no", type: "invalid_request_error", code: "invalid_api_key", param: null },
    });
    const answer = await answerUnder(
      [{ match: ANY_MODEL, times: null, fault: { status: 401, body } }],
      "Is a basket returnable?",
    );
    expect(answer).toMatchObject({ rung: "canned_text", reason: "ModelRefused" });
    const reply = (await parley.replies()).at(-1);
    expect(reply?.text).toMatch(/^Sorry/);
    expect(reply?.text).not.toMatch(/model|key|401|OpenAI/i);
  });

  it("answers a slow model's question within the time budget of the turn", async () => {
    const answer = await answerUnder(
      [{ match: ANY_MODEL, times: null, fault: { delay_ms: 90_000 } }],
      "Is a bottle returnable?",
    );
    expect(answer.rung).toBe("canned_text");
    expect(answer.fired[0]).toBeGreaterThanOrEqual(3);
  }, 90_000);
});

describe("retrieval", () => {
  it("goes on with keywords alone when embeddings are away", async () => {
    const answer = await answerUnder(
      [{ match: { path: "/v1/embeddings" }, times: null, fault: { status: 503 } }],
      "How many days until a refund is paid?",
    );
    expect(answer).toMatchObject({ rung: "full_context" });
    expect(answer.fired[0]).toBeGreaterThan(0);
    expect((await parley.replies()).at(-1)?.text).toContain("working days");
  });
});
