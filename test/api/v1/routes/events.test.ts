import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { disableEventEndpoint } from "../../../../db/events/event-endpoints.ts";
import { settleEventDelivery } from "../../../../db/events/event-deliveries.ts";
import { CHANNEL_SETTINGS } from "../../../../infra/channels/channel-settings.ts";
import { emitEvent, EVENT_TYPES, relayEvents } from "../../../../db/events/outgoing-events.ts";
import { type TestApi, startTestApi } from "../support/start-test-api.ts";

const URL = "https://crm.example.com/parley";
let api: TestApi;
let key: string;
beforeAll(async () => {
  api = await startTestApi();
  key = await api.keyFor("acme");
});
afterAll(() => api.close());

const create = async (body: object = {}, as = key) =>
  await api.call("POST /v1/event-endpoints", { key: as, body: { url: URL, ...body } });

/** An event of this tenant, already relayed to its endpoints. */
async function emitTestEvent(tenantId: string): Promise<string> {
  await emitEvent(api.db, {
    tenantId,
    type: "conversation.taken_over",
    conversationId: null,
    data: { agent: "ada" },
  });
  await relayEvents(api.db, 1_000);
  const { body } = await api.call("GET /v1/events?limit=1", { key: await api.keyFor(tenantId) });
  return ((body["data"] ?? []) as { id: string }[])[0]?.id ?? "";
}

describe("an endpoint", () => {
  it("an endpoint is created with a secret that is shown once and stored encrypted", async () => {
    const made = await create({ types: ["message.received"] });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      url: URL,
      types: ["message.received"],
      include_text: false,
      disabled_at: null,
    });
    expect(made.body["secret"]).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const seen = await api.call(`GET /v1/event-endpoints/${made.body["id"]}`, { key });
    const { secret, ...rest } = made.body;
    expect(seen.body).toEqual(rest);
    const { rows } = await api.db.execute(`SELECT encode(secrets, 'escape') AS stored FROM event_endpoints`);
    expect(JSON.stringify(rows)).not.toContain(String(secret).slice(6));
  });

  it.each([
    ["http://crm.example.com/", "https"],
    ["https://127.0.0.1/", "public internet"],
    ["https://[::ffff:10.0.0.1]/", "public internet"],
    ["https://0x7f.1/", "public internet"],
    ["https://169.254.169.254/latest", "public internet"],
    ["https://user:pass@crm.example.com/", "credentials"],
    ["https://crm.example.com:22/", "port"],
    ["ftp://crm.example.com/", "https"],
    ["no url", "not a URL"],
  ])("an endpoint at %s is rejected, and the problem names the field", async (url, why) => {
    const strict = await openStrictApi();
    const { status, body } = await strict.call("POST /v1/event-endpoints", {
      key: await strict.keyFor("acme"),
      body: { url },
    });
    expect({ status, code: body["code"] }).toEqual({ status: 422, code: "request_invalid" });
    expect(body["errors"]).toEqual([{ field: "body.url", message: expect.stringContaining(why) as string }]);
  });

  it("an endpoint for an unknown event type is rejected with the list of known types", async () => {
    const { status, body } = await create({ types: ["message.sent"] });
    expect(status).toBe(422);
    expect(body["errors"]).toMatchObject([
      { field: "body.types.0", message: `must be of ${EVENT_TYPES.join(", ")}` },
    ]);
  });

  it("a change of an endpoint keeps the fields that it leaves out", async () => {
    const made = await create({ types: ["message.received"], include_text: true });
    const path = `/v1/event-endpoints/${made.body["id"]}`;
    const moved = await api.call(`PATCH ${path}`, { key, body: { url: "https://new.example.com/" } });
    expect(moved.body).toMatchObject({
      url: "https://new.example.com/",
      types: ["message.received"],
      include_text: true,
    });
  });

  it("an endpoint gets texts, and a new URL for texts, only from a key that may read conversations", async () => {
    const weak = await api.keyFor("acme", ["events:read", "events:write"]);
    expect((await create({ include_text: true }, weak)).body).toMatchObject({ code: "scope_missing" });
    const quiet = await create({}, weak);
    const loud = await create({ include_text: true });
    const updateEndpoint = async (id: string | undefined, body: object) =>
      (await api.call(`PATCH /v1/event-endpoints/${id}`, { key: weak, body })).status;
    expect(await updateEndpoint(quiet.body["id"], { include_text: true })).toBe(403);
    expect(await updateEndpoint(loud.body["id"], { url: "https://elsewhere.example.com/" })).toBe(403);
    expect(await updateEndpoint(loud.body["id"], { types: ["message.received"] })).toBe(200);
    expect(await updateEndpoint(loud.body["id"], { include_text: false })).toBe(200);
  });

  it("a tenant cannot create more than 20 endpoints", async () => {
    const many = await api.keyFor("many");
    const made = await Promise.all(Array.from({ length: 24 }, async () => await create({}, many)));
    expect(made.filter(({ status }) => status === 201)).toHaveLength(20);
    expect(made.filter(({ body }) => body["code"] === "endpoint_limit")).toHaveLength(4);
    const listed = await api.call("GET /v1/event-endpoints?limit=15", { key: many });
    const rest = await api.call(`GET /v1/event-endpoints?limit=15&cursor=${listed.body["next_cursor"]}`, {
      key: many,
    });
    const ids = [listed, rest].flatMap(({ body }) =>
      ((body["data"] ?? []) as { id: string }[]).map(({ id }) => id),
    );
    expect(new Set(ids).size).toBe(20);
  });

  it("the previous secret of an endpoint signs for a day or until it is dropped", async () => {
    const made = await create();
    const path = `/v1/event-endpoints/${made.body["id"]}`;
    const rotated = await api.call(`POST ${path}/secret/rotate`, { key, body: {} });
    expect(rotated.body["secret"]).toMatch(/^whsec_/);
    expect(rotated.body["secret"]).not.toBe(made.body["secret"]);
    const validMs = new Date(String(rotated.body["previous_valid_until"])).getTime() - Date.now();
    expect(Math.round(validMs / 3_600_000)).toBe(24);
    const forever = await api.call(`POST ${path}/secret/rotate`, { key, body: { previous_valid_s: null } });
    expect(forever.body["previous_valid_until"]).toBeNull();
    expect((await api.call(`POST ${path}/secret/drop-previous`, { key })).status).toBe(200);
  });

  it("an endpoint can be disabled, enabled and deleted", async () => {
    const made = await create();
    const path = `/v1/event-endpoints/${made.body["id"]}`;
    const off = await api.call(`POST ${path}/disable`, { key });
    expect(off.body).toMatchObject({
      disabled_reason: "operator",
      disabled_at: expect.any(String) as string,
    });
    expect((await api.call(`POST ${path}/test`, { key })).body).toMatchObject({ code: "endpoint_disabled" });
    const on = await api.call(`POST ${path}/enable`, { key });
    expect(on.body).toMatchObject({ disabled_reason: null, disabled_at: null });
    expect(await api.call(`POST ${path}/test`, { key })).toMatchObject({
      status: 202,
      body: { event_id: expect.any(String) as string },
    });
    expect((await api.call(`DELETE ${path}`, { key })).status).toBe(200);
    expect((await api.call(`GET ${path}`, { key })).status).toBe(404);
  });
});

describe("events", () => {
  it("events are listed with their deliveries, and can be sent again", async () => {
    const reader = await api.keyFor("shop");
    const endpoint = (await create({}, reader)).body["id"];
    const eventId = await emitTestEvent("shop");
    expect((await api.call(`GET /v1/events/${eventId}`, { key: reader })).body).toMatchObject({
      type: "conversation.taken_over",
      data: { agent: "ada" },
    });
    const pair = { eventId, endpointId: String(endpoint) };
    await settleEventDelivery(api.db, { ...pair, attempt: 0 }, { state: "failed", code: "http_500" });
    const went = await api.call(`GET /v1/events/${eventId}/deliveries`, { key: reader });
    expect(went.body["data"]).toMatchObject([
      { endpoint_id: endpoint, state: "failed", attempts: 1, code: "http_500", next_attempt_at: null },
    ]);
    const failed = await api.call(`GET /v1/event-endpoints/${endpoint}/deliveries?state=failed`, {
      key: reader,
    });
    expect(failed.body["data"]).toEqual(went.body["data"]);
    const again = await api.call(`POST /v1/events/${eventId}/resend`, {
      key: reader,
      body: { endpoint_id: endpoint },
    });
    expect(again).toMatchObject({ status: 202, body: { state: "pending", attempts: 1, code: null } });
  });

  it("one call sends exactly the failed events of an endpoint again", async () => {
    const reader = await api.keyFor("outage");
    const endpoint = (await create({}, reader)).body["id"];
    const states = [
      { state: "failed", code: "http_500" },
      { state: "delivered", code: null },
      { state: "failed", code: "http_502" },
    ] as const;
    for (const result of states) {
      const pair = { eventId: await emitTestEvent("outage"), endpointId: String(endpoint) };
      await settleEventDelivery(api.db, { ...pair, attempt: 0 }, result);
    }
    const resend = async (since: string) =>
      await api.call(`POST /v1/event-endpoints/${endpoint}/resend-failed`, { key: reader, body: { since } });
    expect((await resend(new Date(Date.now() + 60_000).toISOString())).body).toEqual({ queued: 0 });
    expect(await resend(new Date(Date.now() - 60_000).toISOString())).toMatchObject({
      status: 202,
      body: { queued: 2 },
    });
    await disableEventEndpoint(api.db, { tenantId: "outage", id: String(endpoint) }, "operator");
    expect((await resend(new Date().toISOString())).status).toBe(409);
  });

  it("events and endpoints of another tenant are not found", async () => {
    const [ours, theirs] = [await api.keyFor("ours"), await api.keyFor("theirs")];
    const endpoint = (await create({}, theirs)).body["id"];
    const eventId = await emitTestEvent("theirs");
    const own = (await create({}, ours)).body["id"];
    for (const [route, body] of [
      [`GET /v1/events/${eventId}`],
      [`GET /v1/events/${eventId}/deliveries`],
      [`POST /v1/events/${eventId}/resend`, { endpoint_id: endpoint }],
      [`POST /v1/events/${eventId}/resend`, { endpoint_id: own }],
      [`GET /v1/event-endpoints/${endpoint}`],
      [`GET /v1/event-endpoints/${endpoint}/deliveries`],
      [`PATCH /v1/event-endpoints/${endpoint}`, { url: URL }],
      [`POST /v1/event-endpoints/${endpoint}/secret/rotate`, {}],
      [`POST /v1/event-endpoints/${endpoint}/secret/drop-previous`],
      [`POST /v1/event-endpoints/${endpoint}/disable`],
      [`POST /v1/event-endpoints/${endpoint}/enable`],
      [`POST /v1/event-endpoints/${endpoint}/test`],
      [`POST /v1/event-endpoints/${endpoint}/resend-failed`, { since: "2026-01-01T00:00:00Z" }],
      [`DELETE /v1/event-endpoints/${endpoint}`],
    ] as const) {
      const { status } = await api.call(route, { key: ours, body });
      expect({ route, status }).toEqual({ route, status: 404 });
    }
    expect((await api.call("GET /v1/events", { key: ours })).body["data"]).toEqual([]);
  });

  it("events need events:read, and changes of endpoints need events:write", async () => {
    const blind = await api.keyFor("acme", ["contacts:read"]);
    const reader = await api.keyFor("acme", ["events:read"]);
    expect((await api.call("GET /v1/events", { key: blind })).status).toBe(403);
    expect((await api.call("GET /v1/events", { key: reader })).status).toBe(200);
    expect((await create({}, reader)).status).toBe(403);
  });
});

let strict: TestApi | null = null;
/** As in production: no plain http, no private hosts, and the vendors at their own addresses. */
async function openStrictApi(): Promise<TestApi> {
  const vendors = Object.keys(CHANNEL_SETTINGS).filter((name) => name.endsWith("_BASE_URL"));
  const env = {
    ...Object.fromEntries(vendors.map((name) => [name, ""])),
    WEBHOOK_DELIVERY_URL: "https://crm.example.com/replies",
    EGRESS_ALLOW_HTTP: "false",
    EGRESS_ALLOW_HOSTS: "",
  };
  strict ??= await startTestApi({ env });
  return strict;
}
afterAll(() => strict?.close());
