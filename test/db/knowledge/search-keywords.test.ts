import { sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSearch } from "../../../activities/answer/retrieval/search.ts";
import { connectPostgres, type Database } from "../../../db/connection/postgres.ts";
import { KEYWORD_STATEMENT_MS, searchKeywords } from "../../../db/knowledge/search-keywords.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { TEST_CONNECT_MS } from "../../support/await-connection.ts";

/** More than the 2,000 chunks that are ranked. */
const CHUNKS = 6_000;
const LIMIT = 12;
let opened: OpenDatabase;
let searchDb: Database;

beforeAll(async () => {
  opened = await openDatabase("search_keywords");
  const common = {
    maxConnections: 2,
    applicationName: "test",
    connectTimeoutMs: TEST_CONNECT_MS,
    onError: () => undefined,
  };
  searchDb = connectPostgres({ url: opened.url, ...common, statementTimeoutMs: KEYWORD_STATEMENT_MS });
  await opened.db.transaction(async (tx) => {
    await tx.execute(sql`SET LOCAL statement_timeout = '60s'`);
    await tx.execute(sql`
      INSERT INTO chunks (tenant_id, id, document_path, ordinal, title, heading, body, tokens)
      SELECT 'large', 'c' || n, 'd', n, '', '',
        'order delivery bicycle return price shop week ' || CASE WHEN n = 5990 THEN 'zeppelin' ELSE 'lamp' || n END, 9
      FROM generate_series(1, ${CHUNKS}::int) AS n`);
  });
  await opened.db.execute(sql`ANALYZE chunks`);
});
afterAll(async () => {
  await searchDb.$client.end();
  await opened.close();
});

/** The search without limits. */
async function rankAll(tenantId: string, query: string): Promise<string[]> {
  const { rows } = await opened.db.execute<{ id: string }>(sql`
    WITH wanted AS (SELECT to_tsquery('simple', (SELECT string_agg(quote_literal(lexeme), ' | ')
      FROM unnest(to_tsvector('english', ${query})))) AS query)
    SELECT id FROM chunks, wanted WHERE tenant_id = ${tenantId} AND search @@ query
    ORDER BY ts_rank_cd(search, query, 1) DESC, id LIMIT ${LIMIT}`);
  return rows.map(({ id }) => id);
}

const search = async (tenantId: string, query: string) =>
  await searchKeywords(searchDb, { tenantId, query, limit: LIMIT });

test("where few chunks match, the ranking is the one over all matches", async () => {
  for (const query of ["Can I return a lamp?", "delivery of a bicycle on Sunday", "zeppelin", "!!!"])
    expect(await search("main", query)).toEqual(await rankAll("main", query));
  expect(await rankAll("main", "Can I return a lamp?")).not.toEqual([]);
});

test("where more chunks match than are ranked, the chunk with the rare word is still the first", async () => {
  expect((await search("large", "order a zeppelin with delivery this week"))[0]).toBe("c5990");
});

test("a question of hundreds of words finds the chunk with its rare word", async () => {
  const words = Array.from({ length: 250 }, (_, i) => `order return price w${i}x`).join(" ");
  expect((await search("large", `${words} zeppelin`))[0]).toBe("c5990");
});

test("a keyword search that reaches its time limit leaves the answer to the vectors, and the turn says so", async () => {
  const noModel = {
    embed: () => Promise.reject(new Error("down")),
    complete: () => Promise.reject(new Error()),
  };
  const noVectors = {} as Parameters<typeof createSearch>[0]["vectors"];
  const find = createSearch({ db: opened.db, searchDb, model: noModel, vectors: noVectors });
  const blocker = new pg.Client({ connectionString: opened.url });
  await blocker.connect();
  await blocker.query("BEGIN");
  await blocker.query("LOCK TABLE chunks IN ACCESS EXCLUSIVE MODE");
  // Without passages there is no other statement on the table.
  const found = await find("large", "order a zeppelin", 5);
  await blocker.end();
  expect(found).toMatchObject({ passages: [], degraded: ["keywords", "vectors"] });
});
