import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { beginRequest, storeResponse } from "../../../db/tenants/idempotency-keys.ts";
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

it("a repeated key gets the first response again, with its status and secret, and has no second effect", async () => {
  const named = { ...body, name: "once" };
  const first = await post('"one"', named);
  const second = await post('"one"', named);
  expect([second.status, second.body]).toEqual([first.status, first.body]);
  expect([first, second].map(({ headers }) => headers.get("idempotency-replayed"))).toEqual([null, "true"]);
  // A bare word is the same key as the quoted one.
  expect((await post("one", named)).body).toEqual(first.body);
  expect(await keysMade("once")).toBe(1);
});

it("ten concurrent requests with one key have one effect", async () => {
  const named = { ...body, name: "ten" };
  const answers = await Promise.all(Array.from({ length: 10 }, () => post('"ten"', named)));
  const made = answers.filter(({ status }) => status === 201);
  const others = answers.filter(({ status }) => status !== 201);
  expect(made.length).toBeGreaterThan(0);
  expect(new Set(made.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
  expect(others.every((answer) => answer.body["code"] === "idempotency_in_progress")).toBe(true);
  expect(await keysMade("ten")).toBe(1);
});

it("a key with another body or from another API key is rejected", async () => {
  await post('"reused"');
  const other = await post('"reused"', { ...body, name: "other" });
  expect([other.status, other.body["code"]]).toEqual([422, "idempotency_key_reused"]);
  const otherKey = await api.keyFor("acme");
  expect((await post('"reused"', body, otherKey)).body["code"]).toBe("idempotency_key_reused");
});

it("two tenants can use the same key", async () => {
  const first = await post('"shared"');
  const stranger = await post('"shared"', body, await api.keyFor("bravo"));
  expect([first.status, stranger.status]).toEqual([201, 201]);
  expect(stranger.body["tenant_id"]).toBe("bravo");
});

it("the response of a failed request is not stored, so that a retry can succeed", async () => {
  const tenant = { id: "later", business_name: "Later" };
  const headers = { "idempotency-key": '"later"' };
  const keyed = { body, headers };
  expect((await api.call("POST /v1/tenants/later/keys", keyed)).status).toBe(404);
  await api.call("POST /v1/tenants", { body: tenant });
  expect((await api.call("POST /v1/tenants/later/keys", keyed)).status).toBe(201);
});

it("a retry is rejected while the first request is in progress, and takes its place after a minute", async () => {
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

it("a request that was replaced cannot overwrite the response of its successor", async () => {
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

it("a key expires after 24 hours", async () => {
  const first = await post('"yesterday"');
  await api.db.execute(
    sql`UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE key = 'yesterday'`,
  );
  const second = await post('"yesterday"');
  expect([second.status, second.headers.get("idempotency-replayed")]).toEqual([201, null]);
  expect(second.body["id"]).not.toBe(first.body["id"]);
});

it("stored responses are encrypted", async () => {
  const made = await post('"sealed"');
  const rows = await api.db.select().from(idempotencyKeys);
  const stored = Buffer.concat(rows.flatMap(({ body: sealed }) => sealed ?? [])).toString("latin1");
  expect(stored.length).toBeGreaterThan(100);
  expect(stored).not.toContain(made.body["key"]);
});

it("an invalid key is rejected with the name of its header", async () => {
  for (const wrong of ["", '""', '"a', "x".repeat(256), "a b", '"a", "b"']) {
    const { status, body: problem } = await post(wrong);
    expect([status, problem["errors"]], wrong).toMatchObject([422, [{ field: "header.idempotency-key" }]]);
  }
});
