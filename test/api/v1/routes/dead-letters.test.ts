import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { listTurnDeliveries } from "../../../../db/delivery/list-deliveries.ts";
import { finishTurn } from "../../../../db/turns/finish-turn.ts";
import { keepUnstored } from "../../../../db/inbound/unstored-messages.ts";
import { type TestApi, startTestApi } from "../support/start-test-api.ts";
import { type SeededTenant, seedTenant } from "../support/seed-tenant.ts";

let api: TestApi;
let acme: SeededTenant;
beforeAll(async () => {
  api = await startTestApi();
  acme = await seedTenant(api, "acme");
  await finishTurn(api.db, { turnId: acme.turnId, outcome: "answered", reason: "unknown:response_lost" });
});
afterAll(() => api.close());

const replay = async (id: string, { body = {}, key = acme.key }: { body?: object; key?: string } = {}) =>
  await api.call(`POST /v1/dead-letters/${id}/replay`, {
    key,
    body,
    headers: { "idempotency-key": randomUUID() },
  });
const ids = async (query: string) => {
  const { body } = await api.call(`GET /v1/dead-letters${query}`, { key: acme.key });
  return ((body["data"] ?? []) as { id: string }[]).map(({ id }) => id);
};

it("dead letters are listed with their reason and counts, and can be filtered", async () => {
  const { body } = await api.call("GET /v1/dead-letters", { key: acme.key });
  expect(body["data"]).toMatchObject([
    {
      id: acme.turnId,
      kind: "reply",
      channel: "webhook",
      account_id: acme.accountId,
      conversation_id: acme.conversationId,
      reason: "unknown:response_lost",
      parts: 1,
      parts_accepted: 0,
      parts_unknown: 1,
    },
  ]);
  const soon = new Date(Date.now() + 60_000).toISOString();
  for (const query of ["?reason=unknown", `?account_id=${acme.accountId}&kind=reply`, "?channel=webhook"])
    expect(await ids(query), query).toEqual([acme.turnId]);
  for (const query of ["?reason=unk", "?kind=event", "?channel=slack", `?since=${soon}`])
    expect(await ids(query), query).toEqual([]);
});

it("a dead letter is shown with the parts of its reply, and a wrong id is rejected", async () => {
  const { body } = await api.call(`GET /v1/dead-letters/${acme.turnId}`, { key: acme.key });
  expect(body).toMatchObject({ id: acme.turnId, deliveries: [{ id: acme.deliveryId, state: "unknown" }] });
  for (const id of ["x", `${acme.turnId}.`, `${acme.turnId}.${acme.turnId}.${acme.turnId}`])
    expect(await api.call(`GET /v1/dead-letters/${id}`, { key: acme.key })).toMatchObject({ status: 422 });
  expect(await api.call(`GET /v1/dead-letters/${randomUUID()}`, { key: acme.key })).toMatchObject({
    status: 404,
  });
});

it("a key with messages:write replays a dead letter once, and a second replay changes nothing", async () => {
  const reader = await api.keyFor("acme", ["conversations:read"]);
  expect(await replay(acme.turnId, { key: reader })).toMatchObject({ status: 403 });
  const bare = await api.call(`POST /v1/dead-letters/${acme.turnId}/replay`, { key: acme.key, body: {} });
  expect(bare).toMatchObject({ status: 400, body: { code: "idempotency_key_missing" } });
  const [first, second] = await Promise.all([
    replay(acme.turnId, { body: { accept_duplicates: true } }),
    replay(acme.turnId),
  ]);
  const outcomes = [first.body["outcome"], second.body["outcome"]].map(String);
  expect(outcomes.toSorted()).toEqual(["already_replayed", "replayed"]);
  expect(await listTurnDeliveries(api.db, acme.turnId)).toMatchObject([{ state: "sending" }]);
  expect(await ids("")).toEqual([]);
});

it("a message that cannot be decrypted is not replayed, and the problem says why", async () => {
  const message = { channel: "webhook", accountId: acme.accountId, providerMessageId: randomUUID() };
  const inlined = Buffer.from("sealed with a key that is gone").toString("base64");
  await keepUnstored(api.db, { tenantId: "acme", ...message, inlined, reason: "poison:unreadable" });
  const [id = ""] = await ids("?kind=inbound");
  expect(await replay(id)).toMatchObject({ status: 409, body: { code: "not_replayable" } });
  expect(await ids("?kind=inbound")).toEqual([id]);
});
