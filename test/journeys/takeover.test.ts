import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { outcomesOf } from "../../db/outcomes.ts";
import { type OpenApi, openApi } from "../api/v1/open-api.ts";
import { eventually } from "../support/eventually.ts";

let api: OpenApi;
let key: string;
beforeAll(async () => {
  api = await openApi({ worker: true });
  key = await api.keyFor(api.config.PARLEY_TENANT);
});
afterAll(() => api.close());

const ended = async (id: string) =>
  await eventually(`an end of ${id}`, async () => {
    const [row] = await outcomesOf(api.db, [id]);
    return row !== undefined && !["pending", "in_turn"].includes(row.state) ? row : null;
  });
const repliesTo = async (to: string) => (await api.replies()).filter((reply) => reply.to === to);

/** The newest conversation is the one that was just begun. */
async function newestConversation(channel: string): Promise<string> {
  return await eventually("a conversation", async () => {
    const { body } = await api.call(`GET /v1/conversations?limit=1&channel=${channel}`, { key });
    return (body["data"] as unknown as { id: string }[])[0]?.id;
  });
}

const act = async (id: string, word: string, body: object) =>
  await api.call(`POST /v1/conversations/${id}/${word}`, { key, body });

async function replyAs(operator: string, id: string, text: string) {
  const headers = { "idempotency-key": `"${randomUUID()}"` };
  const asked = { key, headers, body: { text, operator } };
  const { status, body } = await api.call(`POST /v1/conversations/${id}/replies`, asked);
  expect(status).toBe(202);
  return await eventually("the end of a person's reply", async () => {
    const turn = (await api.call(`GET /v1/turns/${body["turn_id"]}`, { key })).body;
    return turn["state"] === "closed" ? turn : null;
  });
}

it("a claim while the model is slow keeps the assistant silent, and its next answer knows what the person said", async () => {
  api.openai.faults.replace([{ match: { path: "/v1/responses" }, times: 1, fault: { delay_ms: 2_500 } }]);
  const first = await api.sendWebhook({ from: "ada", text: "Can I return a lamp?" });
  await eventually("the model to be asked", async () => api.openai.faults.list()[0]?.fired === 1);
  const id = await newestConversation("webhook");
  expect((await act(id, "claim", { operator: "dana" })).status).toBe(200);
  const turn = await replyAs("dana", id, "Dana here: bring the lamp in on Friday.");
  expect(turn).toMatchObject({ outcome: "answered", plan: "human", plan_detail: "dana" });
  expect(await ended(first.id)).toMatchObject({ state: "suppressed", reason: "human_claimed" });
  expect((await repliesTo("ada")).map(({ text }) => text)).toEqual([
    "Dana here: bring the lamp in on Friday.",
  ]);

  const during = await api.sendWebhook({ from: "ada", text: "Friday is fine." });
  expect(await ended(during.id)).toMatchObject({ state: "suppressed", reason: "human_claimed" });
  expect(await repliesTo("ada")).toHaveLength(1);

  expect((await act(id, "release", { operator: "dana" })).body).toMatchObject({ claimed_by: null });
  const asked = api.openai.log.entries().length;
  const after = await api.sendWebhook({ from: "ada", text: "How long do I have to exchange a size?" });
  expect(await ended(after.id)).toMatchObject({ state: "answered" });
  const prompts = JSON.stringify(api.openai.log.entries().slice(asked));
  expect(prompts).toContain("bring the lamp in on Friday");
  expect(prompts).toContain("Friday is fine.");
});

it("a person's long text is cut to what the channel takes and arrives in order, once", async () => {
  const from = "+15550100188";
  const { sid } = await api.sendSms({ from, text: "Do you exchange sizes?" });
  await ended(sid);
  const before = (await api.texts(from)).length;
  const id = await newestConversation("twilio-sms");
  await act(id, "claim", { operator: "eli" });
  const words = Array.from({ length: 400 }, (_, i) => `word${i}`).join(" ");
  const turn = await replyAs("eli", id, words);
  expect(turn).toMatchObject({ outcome: "answered" });
  const sent = (await api.texts(from)).slice(before).map(({ body }) => body);
  expect(sent.length).toBeGreaterThan(1);
  expect(sent.join(" ")).toBe(words);
  expect(turn["deliveries"]).toHaveLength(sent.length);
  const { body } = await api.call(`GET /v1/conversations/${id}/messages`, { key });
  const lines = body["data"] as unknown as { text: string; author: string }[];
  expect(lines.at(-1)).toMatchObject({ text: words, author: "human" });
});

it("an opt-out forbids a person's words too, and the turn says so", async () => {
  const stop = await api.sendWebhook({ from: "cleo", text: "stop" });
  await ended(stop.id);
  const id = await newestConversation("webhook");
  await act(id, "claim", { operator: "dana" });
  const turn = await replyAs("dana", id, "One more thing");
  expect(turn).toMatchObject({
    outcome: "suppressed",
    deliveries: [{ state: "suppressed", code: "opted_out" }],
  });
});
