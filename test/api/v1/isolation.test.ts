import { afterAll, beforeAll, expect, it } from "vitest";
import { createApiKey } from "../../../db/tenants/api-keys.ts";
import { finishTurn } from "../../../db/turns/finish-turn.ts";
import { events } from "../../../db/schema/events.ts";
import { type Route, routesOf } from "./support/openapi-document.ts";
import { type TestApi, startTestApi } from "./support/start-test-api.ts";
import { type SeededTenant, seedTenant } from "./support/seed-tenant.ts";
import { randomUUID } from "node:crypto";

let api: TestApi;
let ours: SeededTenant;
let theirs: SeededTenant & { keyId: string; eventId: string; endpointId: string };
beforeAll(async () => {
  api = await startTestApi({ env: { TRUSTED_PROXIES: "loopback" } });
  ours = await seedTenant(api, "alpha");
  theirs = {
    ...(await seedTenant(api, "bravo", "a secret of bravo")),
    keyId: "",
    eventId: "",
    endpointId: "",
  };
  const key = await createApiKey(api.db, api.vault, {
    tenantId: "bravo",
    name: "bravo-key",
    scopes: ["keys:write"],
  });
  const endpoint = await api.call("POST /v1/event-endpoints", {
    key: theirs.key,
    body: { url: "https://bravo.test/events" },
  });
  await finishTurn(api.db, { turnId: theirs.turnId, outcome: "failed", reason: "unknown:response_lost" });
  theirs.keyId = key.id;
  theirs.endpointId = String(endpoint.body["id"]);
  theirs.eventId = randomUUID();
  await api.db.insert(events).values({
    id: theirs.eventId,
    tenantId: "bravo",
    type: "message.received",
    conversationId: null,
    data: {},
  });
});
afterAll(() => api.close());

/** Ids of the other tenant, by the names of path and body fields. */
const idsOfOtherTenant = (): Record<string, string> => ({
  tenant_id: theirs.tenantId,
  key_id: theirs.keyId,
  channel: theirs.channel,
  account_id: theirs.accountId,
  contact_id: theirs.contactId,
  conversation_id: theirs.conversationId,
  turn_id: theirs.turnId,
  delivery_id: theirs.deliveryId,
  endpoint_id: theirs.endpointId,
  event_id: theirs.eventId,
  // The reply of `beforeAll` is a dead letter.
  dead_letter_id: theirs.turnId,
});

const keyedRoutes = (): Route[] =>
  routesOf(api.document).filter(({ operation }) =>
    operation.security?.some((scheme) => "apiKey" in scheme || "adminToken" in scheme),
  );

let requests = 0;
const nextAddress = () => `10.0.${Math.floor(++requests / 256)}.${requests % 256}`;

async function request({ method, path, operation }: Route, key: string | null): Promise<Response> {
  const ids = idsOfOtherTenant();
  const url = path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
    const id = ids[name];
    if (id === undefined) throw new Error(`No id for {${name}} of ${path}: add it to idsOfOtherTenant.`);
    return id;
  });
  const body = operation.requestBody?.content["application/json"]?.example;
  return await fetch(api.url + url, {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      "idempotency-key": `"${randomUUID()}"`,
      // Wrong keys are limited per network.
      "x-forwarded-for": nextAddress(),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

it("every route responds with 401 without a key and with a wrong or a revoked key", async () => {
  const revoked = await createApiKey(api.db, api.vault, {
    tenantId: "alpha",
    name: "old",
    scopes: ["keys:write"],
  });
  await api.call(`DELETE /v1/keys/${revoked.id}`, { key: ours.key });
  const wrong = `parley_${"A".repeat(43)}`;
  for (const route of keyedRoutes()) {
    for (const key of [null, wrong, "not-even-a-key", revoked.key]) {
      const response = await request(route, key);
      expect(response.status, `${route.method} ${route.path} with ${key}`).toBe(401);
      expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
    }
  }
});

it("every route rejects the ids of another tenant with 401, 403 or 404 and shows no byte of it", async () => {
  const routes = keyedRoutes().filter(({ path }) => path.includes("{"));
  expect(routes.length).toBeGreaterThan(25);
  for (const route of routes) {
    const response = await request(route, ours.key);
    const text = await response.text();
    expect([401, 403, 404], `${route.method} ${route.path}: ${response.status} ${text}`).toContain(
      response.status,
    );
    expectNoForeignData(route, text);
  }
});

it("lists contain no row of another tenant", async () => {
  const lists = keyedRoutes().filter(({ method, path }) => method === "GET" && !path.includes("{"));
  expect(lists.length).toBeGreaterThan(5);
  for (const route of lists) expectNoForeignData(route, await (await request(route, ours.key)).text());
});

it("another tenant's ids in bodies and filters are like unknown ids", async () => {
  const { key } = ours;
  const body = { contact_id: theirs.contactId };
  expect((await api.call(`POST /v1/contacts/${ours.contactId}/link`, { key, body })).status).toBe(404);
  const consent = `PUT /v1/contacts/${ours.contactId}/consents/${theirs.accountId}`;
  expect((await api.call(consent, { key, body: { state: "opted_out" } })).status).toBe(404);
  for (const filter of [`contact_id=${theirs.contactId}`, `account_id=${theirs.accountId}`]) {
    const listed = await api.call(`GET /v1/conversations?${filter}`, { key });
    expect(listed.body["data"], filter).toEqual([]);
  }
});

it("the response for another tenant's id equals the response for an unknown id", async () => {
  const unknownId = randomUUID();
  for (const path of ["conversations", "contacts", "turns", "deliveries", "dead-letters"]) {
    const id = {
      conversations: theirs.conversationId,
      contacts: theirs.contactId,
      turns: theirs.turnId,
      "dead-letters": theirs.turnId,
    };
    const known = id[path as keyof typeof id] ?? theirs.deliveryId;
    const stranger = await api.call(`GET /v1/${path}/${known}`, { key: ours.key });
    const missing = await api.call(`GET /v1/${path}/${unknownId}`, { key: ours.key });
    const without = (body: object) => ({ ...body, instance: "", request_id: "" });
    expect(without(stranger.body)).toEqual(without(missing.body));
  }
});

it("the rows of the other tenant are unchanged", async () => {
  const conversation = await api.call(`GET /v1/conversations/${theirs.conversationId}`, { key: theirs.key });
  expect(conversation.body).toMatchObject({ taken_over_by: null, paused_at: null });
  const account = await api.call(`GET /v1/accounts/webhook/${theirs.accountId}`, { key: theirs.key });
  expect(account.body).toMatchObject({
    disabled_at: null,
    paused_at: null,
    address: "https://bravo.test/replies",
  });
  const contact = await api.call(`GET /v1/contacts/${theirs.contactId}`, { key: theirs.key });
  expect(contact.body).toMatchObject({ address: "contact-of-bravo", linked: [], consents: [] });
  const keys = await api.call("GET /v1/keys", { key: theirs.key });
  expect(keys.body["data"]).toHaveLength(2);
  expect(JSON.stringify(keys.body)).not.toContain('"revoked_at":"');
  const letter = await api.call(`GET /v1/dead-letters/${theirs.turnId}`, { key: theirs.key });
  expect(letter).toMatchObject({ status: 200, body: { replayed_at: null, reason: "unknown:response_lost" } });
});

it("the admin token can only manage tenants and their keys", async () => {
  const routes = keyedRoutes().filter(({ operation }) => operation.security?.some((one) => "apiKey" in one));
  for (const route of routes) {
    const response = await request(route, "an-admin-token-of-more-than-32-characters");
    expect(response.status, `${route.method} ${route.path}`).toBe(403);
    expectNoForeignData(route, await response.text());
  }
});

it("every route of a tenant's key requires a scope", async () => {
  const powerless = await api.keyFor("alpha", []);
  for (const route of keyedRoutes()) {
    const response = await request(route, powerless);
    expect(response.status, `${route.method} ${route.path}`).toBe(403);
  }
});

function expectNoForeignData({ method, path }: Route, text: string): void {
  // The response repeats the path of the request.
  const rest = text.replace(/"instance":"[^"]*"/, "");
  const words = ["a secret of bravo", "contact-of-bravo", "bravo bikes", "bravo.test", "A reply of bravo"];
  for (const word of [...words, theirs.key, theirs.providerMessageId])
    expect(rest.includes(word), `${method} ${path} reveals ${word}`).toBe(false);
}
