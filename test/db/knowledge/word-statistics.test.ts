import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { removeDocument, saveDocument } from "../../../db/knowledge/documents.ts";
import { addIndexVersion } from "../../../db/knowledge/index-versions.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

let opened: OpenDatabase;
let writtenTo: string[];
beforeAll(async () => {
  opened = await openDatabase("word_statistics", { maxConnections: 8 });
  const version = { embeddingModel: "m", dimensions: 3, pineconeIndex: "i" };
  await addIndexVersion(opened.db, { id: "another", ...version });
  const { rows } = await opened.db.execute<{ id: string }>(
    sql`SELECT id FROM index_versions WHERE state <> 'retired' ORDER BY id`,
  );
  writtenTo = rows.map(({ id }) => id);
});
afterAll(() => opened.close());

async function save(tenantId: string, path: string, bodies: readonly string[]): Promise<void> {
  const document = { tenantId, path, sha256: "", title: "Bikes", indexVersion: "v" };
  const rows = bodies.map((body, ordinal) => ({
    tenantId,
    id: `${path}-${ordinal}-${body}`,
    documentPath: path,
    ordinal,
    title: "Bikes",
    heading: "",
    body,
    tokens: 1,
  }));
  expect(await saveDocument(opened.db, document, { rows, writtenTo })).not.toBeNull();
}

/** The stored statistics next to those that the chunks have. */
async function readStatistics() {
  const { rows: words } = await opened.db.execute(
    sql`SELECT tenant_id, word, chunks FROM knowledge_words ORDER BY tenant_id, word COLLATE "C"`,
  );
  const { rows: counted } = await opened.db.execute(sql`
    SELECT tenant_id, word, count(*)::int AS chunks FROM chunks, unnest(tsvector_to_array(search)) AS word
    GROUP BY tenant_id, word ORDER BY tenant_id, word COLLATE "C"`);
  const { rows: sizes } = await opened.db.execute(
    sql`SELECT tenant_id, chunks, words::int FROM knowledge_sizes WHERE chunks <> 0 ORDER BY tenant_id`,
  );
  const { rows: measured } = await opened.db.execute(
    sql`SELECT tenant_id, count(*)::int AS chunks, sum(length)::int AS words FROM chunks GROUP BY tenant_id ORDER BY tenant_id`,
  );
  return { stored: { words, sizes }, real: { words: counted, sizes: measured } };
}

it("the statistics of each tenant are those of its chunks while documents are replaced and removed at the same time", async () => {
  const WORDS = ["zebra", "apple", "saddle", "gearbox", "lamp", "tandem"];
  const work = Array.from({ length: 60 }, (_, n) => async () => {
    const [tenantId, path] = [`tenant-${n % 2}`, `path-${n % 7}`];
    if (n % 5 === 4) {
      await removeDocument(opened.db, { tenantId, path });
      return;
    }
    // Different orders of the same words, so that two transactions would wait for each other's rows.
    const own = n % 2 === 0 ? WORDS : WORDS.toReversed();
    await save(
      tenantId,
      path,
      own.map((word, i) => `${word} ${own[(i + n) % own.length]} only${n}`),
    );
  });
  await Promise.all(work.map((each) => each()));
  const { stored, real } = await readStatistics();
  expect(real.words.length).toBeGreaterThan(100);
  expect(stored).toEqual(real);
});

it("a removed document leaves no word of its own", async () => {
  await save("gone", "path", ["xylophone"]);
  await removeDocument(opened.db, { tenantId: "gone", path: "path" });
  const { rows } = await opened.db.execute(sql`SELECT * FROM knowledge_words WHERE tenant_id = 'gone'`);
  expect(rows).toEqual([]);
});

it("the occurrences of a word are counted as they are, up to 64", async () => {
  const { rows } = await opened.db.execute<{ n: number; counted: number; length: number }>(sql`
    SELECT n, count_word(words, 'lamp'::tsquery) AS counted, count_words(words) AS length
    FROM generate_series(0, 80) AS n, search_words('helmet ' || repeat('lamp ', n)) AS words ORDER BY n`);
  for (const { n, counted, length } of rows)
    expect([n, counted, length]).toEqual([n, Math.min(n, 64), n + 1]);
});

it.each([
  ["an accent", "Öffnungszeiten am Café", "offnungszeiten am cafe"],
  ["an identifier with separators", "The part AB-12/3 fits.", "ab123"],
  ["an identifier without separators", "The part AB123 fits.", "ab-12/3"],
  ["a decimal comma", "It costs 12,50 EUR.", "12.50"],
  ["a thousands separator", "It costs 1.250,50 EUR.", "1250.5"],
  ["a whole amount with cents", "It costs $68.00.", "68"],
  ["a word of a script without spaces", "我们的自行车店", "自行车"],
  ["a word of Thai", "ร้านจักรยานของเรา", "จักรยาน"],
])("a question finds %s", async (_, text, question) => {
  const { rows } = await opened.db.execute<{ common: string[] }>(sql`
    SELECT ARRAY(SELECT unnest(tsvector_to_array(search_words(${text})))
      INTERSECT SELECT unnest(tsvector_to_array(search_words(${question})))) AS common`);
  expect(rows[0]?.common).not.toEqual([]);
});

it("texts without common words have none", async () => {
  const { rows } = await opened.db.execute<{ words: string[] }>(
    sql`SELECT tsvector_to_array(search_words('The lamp of 12.05')) AS words`,
  );
  expect(rows[0]?.words).toEqual(["12.05", "lamp"]);
});

it("a dump can be restored: the words of a chunk are found without a search path", async () => {
  await opened.db.transaction(async (tx) => {
    await tx.execute(sql`SET LOCAL search_path = ''`);
    const { rows } = await tx.execute<{ length: number }>(
      sql`SELECT public.count_words(public.chunk_words('Lamps', 'Price', 'AB-12 costs 12,50')) AS length`,
    );
    expect(rows[0]?.length).toBeGreaterThan(5);
  });
});
