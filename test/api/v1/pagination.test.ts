import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createApiKey } from "../../../db/tenants/api-keys.ts";
import { type TestApi, startTestApi } from "./support/start-test-api.ts";

let api: TestApi;
let key: string;
beforeAll(async () => {
  api = await startTestApi();
  key = await api.keyFor("acme");
  for (let i = 0; i < 24; i++)
    await createApiKey(api.db, api.vault, { tenantId: "acme", name: `k${i}`, scopes: ["keys:write"] });
  // Several in one microsecond, others a microsecond apart: a `Date` would give all of them one time.
  await api.db.execute(sql`
    UPDATE api_keys SET created_at = '2026-11-25T10:00:00.000100Z'::timestamptz + n * interval '1 microsecond'
    FROM (SELECT id, row_number() OVER (ORDER BY id) / 3 AS n FROM api_keys) numbered WHERE numbered.id = api_keys.id`);
});
afterAll(() => api.close());

interface PageBody {
  data: { id: string }[];
  next_cursor: string | null;
}

async function pages(limit: number): Promise<string[][]> {
  const found: string[][] = [];
  let cursor: string | null = "";
  while (cursor !== null && found.length < 100) {
    const query: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const { status, body } = await api.call(`GET /v1/keys?limit=${limit}${query}`, { key });
    expect(status).toBe(200);
    const page = body as unknown as PageBody;
    found.push(page.data.map(({ id }) => id));
    cursor = page.next_cursor;
  }
  return found;
}

it("pages of any length contain every row exactly once, in one order", async () => {
  const [whole = []] = await pages(100);
  expect(new Set(whole).size).toBe(25);
  for (const limit of [1, 2, 3, 7, 24, 25]) {
    const found = await pages(limit);
    expect(found.flat(), `limit ${limit}`).toEqual(whole);
    expect(found.every((page) => page.length > 0 && page.length <= limit)).toBe(true);
  }
});

it("rows that are added between two pages do not shift the next page", async () => {
  const first = await api.call("GET /v1/keys?limit=10", { key });
  await createApiKey(api.db, api.vault, { tenantId: "acme", name: "new", scopes: ["keys:write"] });
  const second = await api.call(`GET /v1/keys?limit=100&cursor=${first.body["next_cursor"]}`, { key });
  const ids = [first, second].flatMap(({ body }) => (body as unknown as PageBody).data.map(({ id }) => id));
  expect([ids.length, new Set(ids).size]).toEqual([25, 25]);
});

it("a wrong limit or cursor is rejected by the name of its field", async () => {
  const encode = (end: unknown) => Buffer.from(JSON.stringify(end)).toString("base64url");
  const id = "0b8f6f3c-8f0e-4a51-9a2b-3f6f5f1a7c11";
  const at = "2026-11-25T10:00:00.000100Z";
  for (const limit of ["0", "101", "-1", "1.5", "", "ten", "1e1"]) {
    const { status, body } = await api.call(`GET /v1/keys?limit=${limit}`, { key });
    expect([status, body["errors"]], limit).toMatchObject([422, [{ field: "query.limit" }]]);
  }
  const cursors = [
    "x",
    encode([]),
    encode([at, "1"]),
    encode(["2026-02-30T10:00:00.000100Z", id]),
    encode(["0000-01-01T00:00:00.000000Z", id]),
    encode([at, `${id}'`]),
    encode({}),
  ];
  for (const cursor of cursors) {
    const { status, body } = await api.call(`GET /v1/keys?cursor=${cursor}`, { key });
    expect([status, body["errors"]], cursor).toMatchObject([422, [{ field: "query.cursor" }]]);
  }
});
