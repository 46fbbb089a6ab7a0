import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openConversation } from "../../../../db/conversations/open-conversation.ts";
import { deliveries } from "../../../../db/schema/deliveries.ts";
import { setTenantPaused } from "../../../../db/conversations/pause.ts";
import { TIME_LIMITS_MS } from "../../../../workflows/time-limits.ts";
import { eventually } from "../../../support/eventually.ts";
import { type Operation, routesOf } from "../support/openapi-document.ts";
import { type SeededTenant, seedTenant } from "../support/seed-tenant.ts";
import { startTestApi, type TestApi } from "../support/start-test-api.ts";

let api: TestApi;
let acme: SeededTenant;
beforeAll(async () => {
  api = await startTestApi();
  acme = await seedTenant(api, "acme");
});
afterAll(() => api.close());

async function createConversation(address: string): Promise<string> {
  const { tenantId, channel, accountId } = acme;
  const contact = { tenantId, channel, accountId, address, thread: "" };
  return (await openConversation(api.db, api.vault, contact)).conversationId;
}

const act = async (id: string, word: string, body?: object) =>
  await api.call(`POST /v1/conversations/${id}/${word}`, { key: acme.key, ...(body && { body }) });

it("a takeover belongs to one agent until the agent hands it back or another agent takes it over", async () => {
  const id = await createConversation("contested");
  const takenOver = await act(id, "take-over", { agent: "dana" });
  expect(takenOver.body).toMatchObject({ taken_over_by: "dana", silent_because: "taken_over" });
  expect((await act(id, "take-over", { agent: "dana" })).status).toBe(200);
  const other = await act(id, "take-over", { agent: "eli" });
  expect([other.status, other.body["code"]]).toEqual([409, "taken_over_by_other"]);
  expect((await act(id, "hand-back", { agent: "eli" })).body["code"]).toBe("taken_over_by_other");
  expect((await act(id, "hand-back", { agent: "dana" })).body).toMatchObject({
    taken_over_by: null,
    taken_over_at: null,
  });
  await act(id, "take-over", { agent: "eli" });
  expect((await act(id, "hand-back", {})).body).toMatchObject({
    taken_over_by: null,
    silent_because: null,
  });
  // A conversation that no agent has taken over can be handed back too.
  expect((await act(id, "hand-back", {})).status).toBe(200);
});

it("no agent may use the name of the vendor's own inbox", async () => {
  const id = await createConversation("reserved");
  const agent = "vendor_inbox";
  const takenOver = await act(id, "take-over", { agent });
  expect([takenOver.status, takenOver.body["code"]]).toEqual([422, "request_invalid"]);
  expect(takenOver.body["errors"]).toEqual([
    { field: "body.agent", message: expect.stringContaining("reserved") as string },
  ]);
  const reply = await api.call(`POST /v1/conversations/${id}/replies`, {
    key: acme.key,
    body: { text: "Hi", agent },
    headers: { "idempotency-key": `"${randomUUID()}"` },
  });
  expect(reply.body["code"]).toBe("request_invalid");
});

it("a conversation shows that a pause of its account or tenant silences the assistant", async () => {
  const id = await createConversation("quiet");
  const readSilence = async () =>
    (await api.call(`GET /v1/conversations/${id}`, { key: acme.key })).body["silent_because"];
  await api.call(`POST /v1/accounts/webhook/${acme.accountId}/pause`, { key: acme.key });
  expect(await readSilence()).toBe("account_paused");
  await api.call(`POST /v1/accounts/webhook/${acme.accountId}/resume`, { key: acme.key });
  await setTenantPaused(api.db, "acme", true);
  expect(await readSilence()).toBe("tenant_paused");
  await api.call("POST /v1/tenant/resume", { key: acme.key });
  expect(await readSilence()).toBeNull();
});

it("a reply needs a takeover and an Idempotency-Key, and the error explains how to get them", async () => {
  const id = await createConversation("wordless");
  const headers = { "idempotency-key": `"${randomUUID()}"` };
  const body = { text: "Hi", agent: "dana" };
  const reply = async (by: string, asked = headers) =>
    await api.call(`POST /v1/conversations/${id}/replies`, {
      key: acme.key,
      body: { ...body, agent: by },
      headers: asked,
    });
  const notTakenOver = await reply("dana");
  expect([notTakenOver.status, notTakenOver.body["code"]]).toEqual([409, "not_taken_over"]);
  expect(notTakenOver.body["detail"]).toContain(`POST /v1/conversations/${id}/take-over`);
  await act(id, "take-over", { agent: "dana" });
  expect((await reply("eli")).body["code"]).toBe("taken_over_by_other");
  const keyless = await reply("dana", {} as typeof headers);
  expect([keyless.status, keyless.body["code"]]).toEqual([400, "idempotency_key_missing"]);
  const first = await reply("dana");
  const again = await reply("dana");
  expect([first.status, again.body]).toEqual([202, first.body]);
  const { body: page } = await api.call(`GET /v1/conversations/${id}/messages`, { key: acme.key });
  expect(page["data"]).toMatchObject([{ text: "Hi", author: "agent", agent: "dana" }]);
});

it("an Idempotency-Key that is used again after 24 hours sends the new text", async () => {
  const id = await createConversation("tomorrow");
  await act(id, "take-over", { agent: "dana" });
  const key = randomUUID();
  const reply = async (text: string) =>
    await api.call(`POST /v1/conversations/${id}/replies`, {
      key: acme.key,
      body: { text, agent: "dana" },
      headers: { "idempotency-key": `"${key}"` },
    });
  const first = await reply("It ships on Thursday.");
  await api.db.execute(
    sql`UPDATE idempotency_keys SET created_at = created_at - interval '25 hours' WHERE key = ${key}`,
  );
  const second = await reply("It was delayed: Friday instead.");
  expect([second.status, second.body["turn_id"] === first.body["turn_id"]]).toEqual([202, false]);
  const read = async () => {
    const { body: page } = await api.call(`GET /v1/conversations/${id}/messages`, { key: acme.key });
    return (page["data"] as unknown as { text: string }[]).map(({ text }) => text);
  };
  expect(await read()).toEqual(["It ships on Thursday.", "It was delayed: Friday instead."]);
});

it("a conversation cannot be handed off while it is taken over or paused", async () => {
  const id = await createConversation("paused");
  await act(id, "pause");
  expect((await act(id, "handoff", { timeout_s: 60 })).body["code"]).toBe("conversation_silent");
  expect((await act(id, "resume")).body).toMatchObject({ paused_at: null });
  const handed = await act(id, "handoff", { timeout_s: 60 });
  expect(handed.body).toMatchObject({ silent_because: "conversation_paused", pause_reason: "handoff" });
  const takenOver = await act(id, "take-over", { agent: "dana" });
  expect(takenOver.body).toMatchObject({ silent_because: "taken_over", paused_at: null });
  expect((await act(id, "handoff", { timeout_s: 60 })).body["code"]).toBe("conversation_silent");
  const short = await act(id, "handoff", { timeout_s: 1.5 });
  expect(short.body["errors"]).toMatchObject([{ field: "body.timeout_s" }]);
});

/** The calls that promise silence, with their bodies, and the other POST calls of a conversation. */
const SILENCING = {
  "take-over": { agent: "dana" },
  pause: undefined,
  handoff: { timeout_s: 600 },
};
const NOT_SILENCING = ["hand-back", "resume", "replies"];

it("every POST of a conversation says whether it promises silence", () => {
  const prefix = "/v1/conversations/{conversation_id}/";
  const words = routesOf(api.document)
    .filter(
      ({ method, path, operation }) =>
        method === "POST" && path.startsWith(prefix) && !isOfVisitors(operation),
    )
    .map(({ path }) => path.slice(prefix.length));
  expect(words.toSorted()).toEqual([...Object.keys(SILENCING), ...NOT_SILENCING].toSorted());
});

it("a repetition of a call that promises silence gets its response only when no earlier send can begin any more", async () => {
  const waits = await Promise.all(
    Object.entries(SILENCING).map(async ([word, body]) => {
      const id = await createConversation(`repeats-${word}`);
      await insertFreshMark(id);
      const headers = { "idempotency-key": `"silence-${word}"` };
      const send = async () =>
        await api.call(`POST /v1/conversations/${id}/${word}`, {
          key: acme.key,
          headers,
          ...(body && { body }),
        });
      const first = send();
      await eventually("the stored response", async () => {
        const { rows } = await api.db.execute(
          sql`SELECT FROM idempotency_keys WHERE key = ${`silence-${word}`} AND status IS NOT NULL`,
        );
        return rows.length > 0;
      });
      const beganAt = performance.now();
      const again = await send();
      const waitedMs = performance.now() - beganAt;
      expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([200, "true"]);
      expect((await first).status).toBe(200);
      return waitedMs;
    }),
  );
  // A timer may end a millisecond early.
  for (const waitedMs of waits) expect(waitedMs).toBeGreaterThan(TIME_LIMITS_MS.markFresh - 5);
});

const isOfVisitors = ({ security }: Operation) => security?.some((one) => "sessionToken" in one) ?? false;

/** A send that has passed the gate and stays fresh. */
async function insertFreshMark(conversationId: string): Promise<void> {
  const ids = { id: randomUUID(), turnId: randomUUID(), tenantId: acme.tenantId, conversationId };
  const updatedAt = sql`clock_timestamp() + interval '1 minute'`;
  await api.db
    .insert(deliveries)
    .values({ ...ids, part: 0, attempt: 1, state: "sending", body: Buffer.alloc(1), updatedAt });
}
