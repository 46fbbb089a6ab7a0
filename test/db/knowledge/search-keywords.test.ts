import { sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSearch } from "../../../activities/answer/retrieval/search.ts";
import { connectPostgres, type Database, withConnection } from "../../../db/connection/postgres.ts";
import { chooseWordSets } from "../../../db/knowledge/choose-word-sets.ts";
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
  const slowDb = connectPostgres({ url: opened.url, ...common, statementTimeoutMs: 60_000 });
  // Half of the chunks are about a gearbox, the others about a saddle, and one about both.
  await slowDb.execute(sql`
      INSERT INTO chunks (tenant_id, id, document_path, ordinal, title, heading, body, tokens)
      SELECT tenant, 'c' || n, 'd', n, '', '', 'order delivery bicycle return price shop week '
        || CASE n % 2 WHEN 0 THEN 'gearbox ' ELSE 'saddle ' END || CASE n WHEN 5991 THEN 'gearbox ' ELSE '' END
        || CASE n WHEN 5990 THEN 'zeppelin' ELSE 'lamp' || n END, 9
      FROM unnest(ARRAY['large', 'half']) AS tenant, generate_series(1, CASE tenant WHEN 'large' THEN ${CHUNKS}::int ELSE ${CHUNKS / 2}::int END) AS n`);
  await slowDb.execute(sql`ANALYZE chunks`);
  await slowDb.$client.end();
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

test("where all words are common, the chunk with all of them is the first", async () => {
  expect((await search("large", "Does the saddle need a gearbox?"))[0]).toBe("c5991");
});

test("a tenant with twice the chunks costs no more rows, and neither do the chunks of other tenants", async () => {
  const countRows = async (tenantId: string) => {
    const readRows = async () => {
      await searchDb.execute(sql`SELECT pg_stat_force_next_flush()`);
      await searchDb.execute(sql`SELECT pg_stat_clear_snapshot()`);
      const { rows } = await searchDb.execute<{ read: string }>(sql`
        SELECT seq_tup_read + idx_tup_fetch AS read FROM pg_stat_user_tables WHERE relname = 'chunks'`);
      return Number(rows[0]?.read);
    };
    const before = await readRows();
    await withConnection(searchDb, async (one) => {
      await searchKeywords(one, { tenantId, query: "the price of a delivery", limit: LIMIT });
      await one.execute(sql`SELECT pg_stat_force_next_flush()`);
    });
    return (await readRows()) - before;
  };
  const half = await countRows("half");
  expect(half).toBeGreaterThan(0);
  // A page of rows is counted as a whole.
  expect(await countRows("large")).toBeLessThan(half + 500);
  expect(await countRows("main")).toBeLessThan(200);
});

test("the words of one tenant are never those of another, also where its name begins like it", async () => {
  for (const [tenantId, id] of [
    ["a", "one"],
    ["a/b", "two"],
  ] as const)
    await opened.db
      .execute(sql`INSERT INTO chunks (tenant_id, id, document_path, ordinal, title, heading, body, tokens)
      VALUES (${tenantId}, ${id}, 'd', 0, '', '', 'kayak b/kayak', 2)`);
  expect(await search("a", "kayak")).toEqual(["one"]);
  expect(await search("a/b", "kayak")).toEqual(["two"]);
});

test("rare words come first, then sets of common words, then each common word", () => {
  const counted = [
    { word: "zeppelin", chunks: 1 },
    { word: "tandem", chunks: 1_500 },
    { word: "gearbox", chunks: 1_900 },
    { word: "saddle", chunks: 2_001 },
    { word: "bicycle", chunks: 2_001 },
  ];
  expect(chooseWordSets(counted, 2_000)).toEqual([
    ["zeppelin"],
    ["tandem"],
    ["gearbox", "saddle", "bicycle"],
    ["gearbox", "saddle"],
    ["gearbox", "bicycle"],
    ["saddle", "bicycle"],
    ["gearbox"],
    ["saddle"],
    ["bicycle"],
  ]);
  expect(chooseWordSets([], 2_000)).toEqual([]);
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
