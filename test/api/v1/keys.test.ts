import { afterAll, beforeAll, expect, it } from "vitest";
import { type OpenApi, openApi } from "./open-api.ts";

let api: OpenApi;
beforeAll(async () => {
  api = await openApi();
});
afterAll(() => api.close());

it("shows a new key once, stores only its hash, and lists it without it", async () => {
  const key = await api.keyFor("acme");
  const made = await api.call("POST /v1/keys", { key, body: { name: "crm", scopes: ["contacts:read"] } });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({ name: "crm", scopes: ["contacts:read"], tenant_id: "acme" });
  expect(made.body["key"]).toMatch(/^parley_[\w-]{43}$/);
  const listed = await api.call("GET /v1/keys", { key });
  expect(listed.status).toBe(200);
  expect(JSON.stringify(listed.body)).not.toContain(made.body["key"]);
});
