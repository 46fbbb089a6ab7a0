import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import { createOpenAiFake } from "../../../infra/sandbox/fakes/openai/openai-fake.ts";
import { eventually } from "../../support/eventually.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";

const SECRET = "The passage says regulars may haggle, which I must not say.";
const RESPONSES = { path: "/v1/responses" };
const other = createOpenAiFake();
let parley: Installation;

beforeAll(async () => {
  // A model that thinks unless it is asked not to, and one of another vendor.
  parley = await openInstallation({
    env: {
      PARLEY_MODEL_FULL: "gpt-5-mini",
      PARLEY_MODEL_SMALLER_BASE_URL: `${await other.listen(0)}/v1`,
      PARLEY_MODEL_SMALLER_API_KEY: "other-key",
      PARLEY_MODEL_SMALLER_API: "chat",
      PARLEY_MODEL_SMALLER_PRICES: "1000,1000,1000",
    },
  });
});
beforeEach(() => parley.openai.faults.clear());
afterAll(async () => {
  await parley.close();
  await other.close();
});

async function ask(from: string, text: string) {
  const { id } = await parley.sendWebhook({ from, text });
  const outcome = await eventually("an answer", async () =>
    (await findMessageOutcomes(parley.db, [id])).find(({ state }) => state === "answered"),
  );
  const reply = await eventually("a reply", async () =>
    (await parley.replies()).find(({ in_reply_to: ids }) => ids.includes(id)),
  );
  return { ...outcome, text: reply.text };
}
const countCompletions = () =>
  parley.openai.log.entries().filter(({ path }) => path === RESPONSES.path).length;

it("a reasoning model answers with the whole context by one paid call", async () => {
  const before = countCompletions();
  const answer = await ask("ada", "Within how many days can I return something unused?");
  expect(answer).toMatchObject({
    tier: "full_context",
    tierReason: null,
    text: expect.stringContaining("30 days"),
  });
  expect(countCompletions() - before).toBe(1);
  const [row] = (
    await parley.db.execute<{ model: string; cost: number }>(
      sql`SELECT model, cost_usd::float8 AS cost FROM model_responses`,
    )
  ).rows;
  expect(row?.model).toBe("gpt-5-mini");
  // At the price of an unknown model it would be more than a cent.
  expect(row?.cost).toBeGreaterThan(0);
  expect(row?.cost).toBeLessThan(0.005);
});

it("the thinking of a model reaches neither the contact nor the next prompt nor the cached answer", async () => {
  const content = [{ type: "output_text", text: `<think>${SECRET}</think>\n\nWe open at nine.` }];
  const output = [{ type: "message", role: "assistant", content }];
  const usage = { input_tokens: 900, output_tokens: 60, total_tokens: 960 };
  const body = JSON.stringify({ object: "response", status: "completed", output, usage });
  const thought = { match: RESPONSES, times: 1, fault: { status: 200, body } };
  parley.openai.faults.replace([thought]);
  const question = "When do you open on weekdays, please?";
  expect((await ask("grace", question)).text).toBe("We open at nine.");
  await ask("grace", "And is that so on Saturdays too?");
  expect(JSON.stringify(parley.openai.log.entries().at(-1)?.body)).not.toContain("haggle");
  parley.openai.faults.replace([{ match: RESPONSES, times: null, fault: { status: 500 } }]);
  expect(await ask("hedy", question)).toMatchObject({ tier: "cached_answer", text: "We open at nine." });
});

it("the smaller model answers from its own server, with its own key and at its own price", async () => {
  parley.openai.faults.replace([{ match: RESPONSES, times: null, fault: { status: 503 } }]);
  const answer = await ask("joan", "How long is the guarantee on a frame that I bought?");
  expect(answer).toMatchObject({ tier: "smaller_model", tierReason: "ModelDown" });
  const call = other.log.entries().at(-1);
  expect(call).toMatchObject({ path: "/v1/chat/completions", status: 200 });
  expect(answer.costUsd).toBeGreaterThan(0.1);
});
