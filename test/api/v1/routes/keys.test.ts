import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiKeys } from "../../../../db/schema/access.ts";
import { eventually } from "../../../support/eventually.ts";
import { ADMIN_TOKEN, type TestApi, startTestApi } from "../support/start-test-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

const codeOf = async (route: string, asked: Parameters<TestApi["call"]>[1]) => {
  const { status, body } = await api.call(route, asked);
  return [status, String(body["code"])];
};

describe("the installation's admin token", () => {
  it("the admin token creates a tenant and its first key, and the key reads the tenant", async () => {
    const tenant = { id: "acme", business_name: "Acme Bikes", daily_budget_usd: 12.5 };
    const made = await api.call("POST /v1/tenants", { body: tenant });
    expect([made.status, made.body]).toEqual([
      201,
      expect.objectContaining({ ...tenant, supersede: "answer_then_continue", paused_at: null }),
    ]);
    expect(await codeOf("POST /v1/tenants", { body: tenant })).toEqual([409, "already_exists"]);
    const body = { name: "first", scopes: ["tenant:read"] };
    const key = await api.call("POST /v1/tenants/acme/keys", { body });
    const read = await api.call("GET /v1/tenant", { key: key.body["key"] });
    expect([read.status, read.body]).toEqual([200, made.body]);
  });

  it("the admin token changes budget and policy, and the tenant's key sees the change", async () => {
    const key = await api.keyFor("budgeted");
    const body = { daily_budget_usd: 1, supersede: "regenerate" };
    expect((await api.call("PATCH /v1/tenants/budgeted", { body })).body).toMatchObject(body);
    expect((await api.call("GET /v1/tenant", { key })).body).toMatchObject(body);
    const nothing = await api.call("PATCH /v1/tenants/budgeted", { body: {} });
    expect([nothing.status, nothing.body]).toEqual([200, expect.objectContaining(body)]);
  });

  it("every token is rejected by an installation without an admin token", async () => {
    const closed = await startTestApi({ env: { PARLEY_ADMIN_TOKEN: "" } });
    try {
      expect((await closed.call("GET /v1/tenants", { key: ADMIN_TOKEN })).status).toBe(401);
    } finally {
      await closed.close();
    }
  });
});

describe("a tenant's key", () => {
  it("a key is shown once, stored as a keyed hash, and not contained in the list", async () => {
    const key = await api.keyFor("hashed");
    const made = await api.call("POST /v1/keys", { key, body: { name: "crm", scopes: ["contacts:read"] } });
    expect(made.body["key"]).toMatch(/^parley_[\w-]{43}$/);
    const listed = await api.call("GET /v1/keys", { key });
    expect(listed.body["data"]).toMatchObject([{ name: "crm", last_used_at: null }, { revoked_at: null }]);
    expect(JSON.stringify(listed.body)).not.toContain("parley_");
    const rows = await api.db.select().from(apiKeys).where(eq(apiKeys.tenantId, "hashed"));
    expect(rows.map(({ keyHash }) => keyHash.length)).toEqual([32, 32]);
    expect(JSON.stringify(rows)).not.toContain(String(made.body["key"]).slice(7));
  });

  it("a tenant's key cannot change the budget, read other tenants or create tenants", async () => {
    const key = await api.keyFor("modest");
    const body = { daily_budget_usd: 1_000 };
    expect(await codeOf("PATCH /v1/tenant", { key, body })).toEqual([422, "request_invalid"]);
    expect(await codeOf("PATCH /v1/tenants/modest", { key, body })).toEqual([403, "scope_missing"]);
    expect(await codeOf("GET /v1/tenants", { key })).toEqual([403, "scope_missing"]);
  });

  it("a key can only grant scopes that it has itself", async () => {
    const key = await api.keyFor("narrow", ["keys:write"]);
    const asked = { name: "wider", scopes: ["keys:write", "contacts:read"] };
    expect(await codeOf("POST /v1/keys", { key, body: asked })).toEqual([403, "scope_missing"]);
    const same = { name: "same", scopes: ["keys:write"] };
    expect((await api.call("POST /v1/keys", { key, body: same })).status).toBe(201);
  });

  it("a revoked key stops working at once in the process that revoked it", async () => {
    const key = await api.keyFor("revoking");
    const other = await api.call("POST /v1/keys", { key, body: { name: "x", scopes: ["tenant:read"] } });
    const asked = { key: String(other.body["key"]) };
    expect((await api.call("GET /v1/tenant", asked)).status).toBe(200);
    const revoked = await api.call(`DELETE /v1/keys/${other.body["id"]}`, { key });
    expect(revoked.body["revoked_at"]).not.toBeNull();
    expect(await codeOf("GET /v1/tenant", asked)).toEqual([401, "key_invalid"]);
    const again = await api.call(`DELETE /v1/keys/${other.body["id"]}`, { key });
    expect(again.body["revoked_at"]).toBe(revoked.body["revoked_at"]);
  });

  it("a key that another process revoked stops working within 10 seconds", async () => {
    const key = await api.keyFor("elsewhere");
    expect((await api.call("GET /v1/tenant", { key })).status).toBe(200);
    await api.db.update(apiKeys).set({ revokedAt: new Date() }).where(eq(apiKeys.tenantId, "elsewhere"));
    const isKeyRefused = async () => (await codeOf("GET /v1/tenant", { key })).includes("key_invalid");
    await eventually("the key to be refused", isKeyRefused, 10_000);
  });
});

describe("a request", () => {
  it("an invalid request is rejected with every wrong field and its rule", async () => {
    const key = await api.keyFor("fields");
    const wrong = await api.call("POST /v1/keys", {
      key,
      body: { name: "", scopes: ["everything"], more: 1 },
    });
    expect(wrong.status).toBe(422);
    expect(wrong.headers.get("content-type")).toMatch(/^application\/problem\+json/);
    expect(wrong.body["errors"]).toEqual([
      { field: "body.name", message: "must not be empty" },
      { field: "body.scopes.0", message: expect.stringContaining("must be of tenant:read, ") as string },
      { field: "body.more", message: "is not a known field" },
    ]);
    const absent = await api.call("POST /v1/keys", { key, body: {} });
    expect(absent.body["errors"]).toEqual([
      { field: "body.name", message: "is required" },
      { field: "body.scopes", message: "is required" },
    ]);
  });

  it("a body that is not JSON, not an object or of another type is rejected by its own code", async () => {
    const key = await api.keyFor("bodies");
    const send = async (body: string, type = "application/json") =>
      await codeOf("POST /v1/keys", { key, body, headers: { "content-type": type } });
    expect(await send("{")).toEqual([400, "bad_request"]);
    expect(await send("[]")).toEqual([422, "request_invalid"]);
    expect(await send('{"__proto__":{"a":1}}')).toEqual([400, "bad_request"]);
    expect(await send("name=x", "application/x-www-form-urlencoded")).toEqual([
      415,
      "unsupported_media_type",
    ]);
    expect(await send(`"${"x".repeat(1_100_000)}"`)).toEqual([413, "body_too_large"]);
  });

  it("a method that a path does not support is rejected with the supported methods", async () => {
    const response = await fetch(`${api.url}/v1/keys`, { method: "PATCH" });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, POST"]);
  });
});
