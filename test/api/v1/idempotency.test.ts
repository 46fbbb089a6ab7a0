import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { beginRequest, storeResponse } from "../../../db/tenants/idempotency-keys.ts";
import { respondOnce } from "../../../api/v1/http/idempotency.ts";
import { tenants } from "../../../db/schema/tenants.ts";
import { apiKeys, idempotencyKeys } from "../../../db/schema/access.ts";
import { type TestApi, startTestApi } from "./support/start-test-api.ts";

let api: TestApi;
let key: string;
beforeAll(async () => {
  api = await startTestApi();
  key = await api.keyFor("acme");
});
afterAll(() => api.close());

const body = { name: "crm", scopes: ["contacts:read"] };
const post = async (idempotencyKey: string, sent: object = body, by = key) =>
  await api.call("POST /v1/keys", { key: by, body: sent, headers: { "idempotency-key": idempotencyKey } });
const keysMade = async (name: string) =>
  (await api.db.select().from(apiKeys)).filter((row) => row.name === name).length;

it("a repeated request gets the first response, with its secret and status, and changes nothing", async () => {
  const named = { ...body, name: "once" };
  const first = await post('"one"', named);
  const second = await post('"one"', named);
  expect([second.status, second.body]).toEqual([first.status, first.body]);
  expect([first, second].map(({ headers }) => headers.get("idempotency-replayed"))).toEqual([null, "true"]);
  // A bare word is the same key as the quoted one.
  expect((await post("one", named)).body).toEqual(first.body);
  expect(await keysMade("once")).toBe(1);
});

it("ten simultaneous requests with one key are handled once", async () => {
  const named = { ...body, name: "ten" };
  const answers = await Promise.all(Array.from({ length: 10 }, () => post('"ten"', named)));
  const made = answers.filter(({ status }) => status === 201);
  const others = answers.filter(({ status }) => status !== 201);
  expect(made.length).toBeGreaterThan(0);
  expect(new Set(made.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
  expect(others.every((answer) => answer.body["code"] === "idempotency_in_progress")).toBe(true);
  expect(await keysMade("ten")).toBe(1);
});

it("an idempotency key is rejected with another body or from another API key", async () => {
  await post('"reused"');
  const other = await post('"reused"', { ...body, name: "other" });
  expect([other.status, other.body["code"]]).toEqual([422, "idempotency_key_reused"]);
  const otherKey = await api.keyFor("acme");
  expect((await post('"reused"', body, otherKey)).body["code"]).toBe("idempotency_key_reused");
});

it("two tenants can use the same idempotency key", async () => {
  const first = await post('"shared"');
  const stranger = await post('"shared"', body, await api.keyFor("bravo"));
  expect([first.status, stranger.status]).toEqual([201, 201]);
  expect(stranger.body["tenant_id"]).toBe("bravo");
});

it("the response of a failed request is not kept, because a retry may succeed", async () => {
  const tenant = { id: "later", business_name: "Later" };
  const headers = { "idempotency-key": '"later"' };
  const keyed = { body, headers };
  expect((await api.call("POST /v1/tenants/later/keys", keyed)).status).toBe(404);
  await api.call("POST /v1/tenants", { body: tenant });
  expect((await api.call("POST /v1/tenants/later/keys", keyed)).status).toBe(201);
});

it("a second request is rejected while the first one is in progress, and takes over after a minute", async () => {
  const fingerprintOf = async () => {
    const [row] = await api.db
      .select()
      .from(idempotencyKeys)
      .where(sql`key = 'crashed'`);
    return row?.requestHash;
  };
  await post('"crashed"');
  // As if the first server had crashed before its response.
  await api.db.execute(sql`UPDATE idempotency_keys SET status = NULL, body = NULL WHERE key = 'crashed'`);
  const early = await post('"crashed"');
  expect([early.status, early.body["code"]]).toEqual([409, "idempotency_in_progress"]);
  await api.db.execute(
    sql`UPDATE idempotency_keys SET created_at = now() - interval '61 seconds' WHERE key = 'crashed'`,
  );
  const before = await fingerprintOf();
  expect((await post('"crashed"')).status).toBe(201);
  expect(await fingerprintOf()).toEqual(before);
});

it("a request that was taken over does not overwrite the stored response", async () => {
  const request = { tenantId: "acme", key: "overtaken", fingerprint: "x" };
  const slow = await beginRequest(api.db, api.vault, request);
  await api.db.execute(
    sql`UPDATE idempotency_keys SET created_at = now() - interval '61 seconds' WHERE key = 'overtaken'`,
  );
  const quick = await beginRequest(api.db, api.vault, request);
  expect([slow.kind, quick.kind]).toEqual(["first", "first"]);
  const fenceOf = (begun: typeof slow) => (begun.kind === "first" ? begun.fence : "");
  await storeResponse(
    api.db,
    api.vault,
    { ...request, fence: fenceOf(quick) },
    { status: 201, body: "quick" },
  );
  await storeResponse(api.db, api.vault, { ...request, fence: fenceOf(slow) }, { status: 201, body: "slow" });
  const kept = await beginRequest(api.db, api.vault, request);
  expect(kept).toEqual({ kind: "answered", response: { status: 201, body: "quick" } });
});

it("an idempotency key expires after 24 hours", async () => {
  const first = await post('"yesterday"');
  await api.db.execute(
    sql`UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE key = 'yesterday'`,
  );
  const second = await post('"yesterday"');
  expect([second.status, second.headers.get("idempotency-replayed")]).toEqual([201, null]);
  expect(second.body["id"]).not.toBe(first.body["id"]);
});

it("responses are stored encrypted", async () => {
  const made = await post('"sealed"');
  const rows = await api.db.select().from(idempotencyKeys);
  const stored = Buffer.concat(rows.flatMap(({ body: sealed }) => sealed ?? [])).toString("latin1");
  expect(stored.length).toBeGreaterThan(100);
  expect(stored).not.toContain(made.body["key"]);
});

it("an unreadable idempotency key is rejected by the name of its field", async () => {
  for (const wrong of ["", '""', '"a', "x".repeat(256), "a b", '"a", "b"']) {
    const { status, body: problem } = await post(wrong);
    expect([status, problem["errors"]], wrong).toMatchObject([422, [{ field: "header.idempotency-key" }]]);
  }
});

it("a POST that fails after a change leaves none, with and without a key", async () => {
  for (const header of [undefined, '"fails-late"']) {
    const request = { tenantId: "acme", header, required: false, isRepeatable: false, fingerprint: "f" };
    const failed = respondOnce({ db: api.db, vault: api.vault }, request, async (_key, { db }) => {
      await db.insert(tenants).values({ id: "half-done", businessName: "Half", dailyBudgetUsd: 50 });
      throw new Error("The second change fails.");
    });
    await expect(failed).rejects.toThrow("The second change fails.");
  }
  const found = await api.db.select().from(tenants);
  expect(found.map(({ id }) => id)).not.toContain("half-done");
});
