import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import { type TestApi, startTestApi } from "../../api/v1/support/start-test-api.ts";
import { eventually } from "../../support/eventually.ts";

let api: TestApi;
let key: string;
beforeAll(async () => {
  api = await startTestApi({ worker: true });
  key = await api.keyFor(api.config.PARLEY_TENANT);
});
afterAll(() => api.close());

const awaitEnd = async (id: string) =>
  await eventually(`an end of ${id}`, async () => {
    const [row] = await findMessageOutcomes(api.db, [id]);
    return row !== undefined && !["pending", "in_turn"].includes(row.state) ? row : null;
  });
const repliesTo = async (to: string) => (await api.replies()).filter((reply) => reply.to === to);

/** The newest conversation of the channel is the one of the running test. */
async function newestConversation(channel: string): Promise<string> {
  return await eventually("a conversation", async () => {
    const { body } = await api.call(`GET /v1/conversations?limit=1&channel=${channel}`, { key });
    return (body["data"] as unknown as { id: string }[])[0]?.id;
  });
}

const act = async (id: string, verb: string, body: object) =>
  await api.call(`POST /v1/conversations/${id}/${verb}`, { key, body });

async function replyAs(agent: string, id: string, text: string) {
  const headers = { "idempotency-key": `"${randomUUID()}"` };
  const request = { key, headers, body: { text, agent } };
  const { status, body } = await api.call(`POST /v1/conversations/${id}/replies`, request);
  expect(status).toBe(202);
  return await eventually("the end of the reply of the agent", async () => {
    const turn = (await api.call(`GET /v1/turns/${body["turn_id"]}`, { key })).body;
    return turn["state"] === "closed" ? turn : null;
  });
}

it("a takeover during a slow model call silences the assistant, and its next prompt contains what the agent wrote", async () => {
  api.openai.faults.replace([{ match: { path: "/v1/responses" }, times: 1, fault: { delay_ms: 5_000 } }]);
  const first = await api.sendWebhook({ from: "ada", text: "Can I return a lamp?" });
  await eventually("the model call", async () => api.openai.faults.list()[0]?.fired === 1);
  const id = await newestConversation("webhook");
  expect((await act(id, "take-over", { agent: "dana" })).status).toBe(200);
  const turn = await replyAs("dana", id, "Dana here: bring the lamp in on Friday.");
  expect(turn).toMatchObject({ outcome: "answered", plan: "agent", agent: "dana" });
  expect(await awaitEnd(first.id)).toMatchObject({ state: "suppressed", reason: "taken_over" });
  expect((await repliesTo("ada")).map(({ text }) => text)).toEqual([
    "Dana here: bring the lamp in on Friday.",
  ]);

  const during = await api.sendWebhook({ from: "ada", text: "Friday is fine." });
  expect(await awaitEnd(during.id)).toMatchObject({ state: "suppressed", reason: "taken_over" });
  expect(await repliesTo("ada")).toHaveLength(1);

  expect((await act(id, "hand-back", { agent: "dana" })).body).toMatchObject({ taken_over_by: null });
  const callsBefore = api.openai.log.entries().length;
  const after = await api.sendWebhook({ from: "ada", text: "How long do I have to exchange a size?" });
  expect(await awaitEnd(after.id)).toMatchObject({ state: "answered" });
  const prompts = JSON.stringify(api.openai.log.entries().slice(callsBefore));
  expect(prompts).toContain("bring the lamp in on Friday");
  expect(prompts).toContain("Friday is fine.");
});

it("a long reply of an agent is split for the channel and arrives once, in order", async () => {
  const from = "+15550100188";
  const { sid } = await api.sendSms({ from, text: "Do you exchange sizes?" });
  await awaitEnd(sid);
  const before = (await api.texts(from)).length;
  const id = await newestConversation("twilio-sms");
  await act(id, "take-over", { agent: "eli" });
  const words = Array.from({ length: 400 }, (_, i) => `word${i}`).join(" ");
  const turn = await replyAs("eli", id, words);
  expect(turn).toMatchObject({ outcome: "answered" });
  const sent = (await api.texts(from)).slice(before).map(({ body }) => body);
  expect(sent.length).toBeGreaterThan(1);
  expect(sent.join(" ")).toBe(words);
  expect(turn["deliveries"]).toHaveLength(sent.length);
  const { body } = await api.call(`GET /v1/conversations/${id}/messages`, { key });
  const lines = body["data"] as unknown as { text: string; author: string }[];
  expect(lines.at(-1)).toMatchObject({ text: words, author: "agent" });
});

it("an opt-out also stops a reply of an agent, and the turn records it", async () => {
  const stop = await api.sendWebhook({ from: "cleo", text: "stop" });
  await awaitEnd(stop.id);
  const id = await newestConversation("webhook");
  await act(id, "take-over", { agent: "dana" });
  const turn = await replyAs("dana", id, "One more thing");
  expect(turn).toMatchObject({
    outcome: "suppressed",
    deliveries: [{ state: "suppressed", code: "opted_out" }],
  });
});
