import { randomBytes } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { createFailedAuthentication } from "../../api/failed-authentication.ts";
import { apiKeys } from "../../db/schema/access.ts";
import { createApiKey } from "../../db/tenants/api-keys.ts";
import { eventually } from "../support/eventually.ts";
import { type TestApi, startTestApi } from "../api/v1/support/start-test-api.ts";

let api: TestApi;
let key: string;
beforeAll(async () => {
  api = await startTestApi({ env: { TRUSTED_PROXIES: "loopback" } });
  key = await api.keyFor("acme");
});
afterAll(() => api.close());

const wrongKey = () => `parley_${randomBytes(32).toString("base64url")}`;
const read = async (token: string) => {
  const { status, headers } = await api.call("GET /v1/tenant", { key: token });
  if (status === 429) expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  return status;
};

/** Statements about a table that the database has run so far. */
async function countReads(table: string): Promise<number> {
  await api.db.execute(sql`SELECT pg_stat_force_next_flush()`);
  const { rows } = await api.db.execute<{ reads: string }>(
    sql`SELECT coalesce(seq_scan, 0) + coalesce(idx_scan, 0) + n_tup_upd AS reads FROM pg_stat_user_tables WHERE relname = ${table}`,
  );
  return Number(rows[0]?.reads ?? 0);
}

it("wrong keys reach Postgres a few times only, and the right key from the same address is accepted", async () => {
  expect(await read(key)).toBe(200);
  const before = await countReads("api_keys");
  const counts = new Map<number, number>();
  for (let round = 0; round < 20; round++) {
    const statuses = await Promise.all(Array.from({ length: 25 }, async () => await read(wrongKey())));
    for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
    expect(await read(key)).toBe(200);
  }
  // On a busy machine Postgres may be too late with a response.
  const answered = [...counts.keys()].filter((status) => status !== 503).toSorted((a, b) => a - b);
  expect(answered).toEqual([401, 429]);
  expect(counts.get(401)).toBeLessThan(100);
  // A key that another process has just made is known here within seconds, and then costs no question.
  const { key: fresh } = await createApiKey(api.db, api.vault, {
    tenantId: "acme",
    name: "new",
    scopes: ["tenant:read"],
  });
  await eventually("the new key", async () => (await read(fresh)) === 200);
  expect((await countReads("api_keys")) - before).toBeLessThan(250);
});

it("the use of a key is recorded once a minute and not for each request", async () => {
  const { id, key: used } = await createApiKey(api.db, api.vault, {
    tenantId: "acme",
    name: "used",
    scopes: ["tenant:read"],
  });
  await eventually("the key", async () => (await read(used)) === 200);
  const [first] = await eventually("the record of its use", async () => {
    const rows = await api.db
      .select({ version: sql<string>`xmin::text`, at: apiKeys.lastUsedAt })
      .from(apiKeys)
      .where(eq(apiKeys.id, id));
    return rows[0]?.at === null ? null : rows;
  });
  for (let request = 0; request < 20; request++) await read(used);
  const [last] = await api.db
    .select({ version: sql<string>`xmin::text`, at: apiKeys.lastUsedAt })
    .from(apiKeys)
    .where(eq(apiKeys.id, id));
  expect(last).toEqual(first);
});

it("a key that has expired is rejected, and a key cannot make one that lives longer than itself", async () => {
  const soon = new Date(Date.now() + 60_000);
  const { id, key: limited } = await createApiKey(api.db, api.vault, {
    tenantId: "acme",
    name: "limited",
    scopes: ["tenant:read", "keys:write"],
    expiresAt: soon,
  });
  await eventually("the key", async () => (await read(limited)) === 200);
  const create = async (body: object) =>
    await api.call("POST /v1/keys", { key: limited, body: { name: "x", scopes: ["tenant:read"], ...body } });
  expect((await create({})).status).toBe(422);
  expect((await create({ expires_at: new Date(soon.getTime() + 1_000).toISOString() })).status).toBe(422);
  expect((await create({ expires_at: soon.toISOString() })).status).toBe(201);
  await api.db
    .update(apiKeys)
    .set({ expiresAt: sql`now()`, createdAt: sql`created_at + interval '1 second'` })
    .where(eq(apiKeys.id, id));
  await eventually("the end of the key", async () => (await read(limited)) === 401);
});

it("unknown accounts are limited per network before the store is asked, and known accounts are not", async () => {
  const post = async (path: string) =>
    (
      await fetch(api.url + path, {
        method: "POST",
        body: "{}",
        // Not the network of the wrong keys.
        headers: { "content-type": "application/json", "x-forwarded-for": "192.0.2.7" },
      })
    ).status;
  const paths = Array.from({ length: 60 }, () => randomBytes(6).toString("hex"));
  const webhooks = await Promise.all(paths.map(async (name) => await post(`/webhooks/webhook/${name}`)));
  const sessions = await Promise.all(paths.map(async (name) => await post(`/web/${name}/sessions`)));
  expect(webhooks).toContain(429);
  expect(sessions).toContain(429);
  expect(new Set([...webhooks, ...sessions])).toEqual(new Set([404, 429]));
  const headers = { "x-forwarded-for": "192.0.2.7" };
  const known = await api.sendWebhook({ from: "ada", text: "Hello", headers });
  expect(known.response.status).toBe(202);
});

it("failed authentication is logged as counts per kind and network, without any part of a key", async () => {
  const lines: object[] = [];
  const failures = createFailedAuthentication({ log: { warn: (line) => lines.push(line) }, everyMs: 50 });
  onTestFinished(() => failures.stop());
  failures.record("api_key", "192.0.2.7");
  failures.record("api_key", "192.0.2.7");
  failures.record("webhook_signature", "2001:db8:1:2:3::4");
  await eventually("the line", async () => lines.length > 0);
  expect(lines[0]).toEqual({
    count: 3,
    kinds: { api_key: 2, webhook_signature: 1 },
    networks: 2,
    most: { "192.0.2.7": 2, "2001:db8:1:2::/64": 1 },
  });
});
