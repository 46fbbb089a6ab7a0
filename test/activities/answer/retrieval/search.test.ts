import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { createEmbeddingClient } from "../../../../activities/answer/model/embedding-client.ts";
import { connectConfiguredVectors } from "../../../../activities/answer/retrieval/configured-vectors.ts";
import { createSearch } from "../../../../activities/answer/retrieval/search.ts";
import { mapConcurrently } from "../../../../infra/runtime/map-concurrently.ts";
import { createTestEmbeddings } from "../../../support/activities/model-calls.ts";
import { type OpenDatabase, openDatabase } from "../../../support/open-database.ts";
import { loadConfig } from "../../../../infra/runtime/config/config.ts";

interface Judged {
  question: string;
  document: string;
  heading: string;
}

const JUDGED = JSON.parse(
  readFileSync(
    fileURLToPath(new URL("../../../../infra/sandbox/sample/questions.json", import.meta.url)),
    "utf8",
  ),
) as Judged[];
let opened: OpenDatabase;
let search: ReturnType<typeof createSearch>;

beforeAll(async () => {
  const config = loadConfig(inject("sandboxEnv"));
  opened = await openDatabase("search");
  const { db } = opened;
  const model = createEmbeddingClient(createTestEmbeddings(config.OPENAI_BASE_URL));
  search = createSearch({ db, searchDb: db, model, vectors: connectConfiguredVectors(config) });
});
afterAll(() => opened.close());

it("the search finds the judged document among five passages for at least 25 of the 30 sample questions", async () => {
  let found = 0;
  // As many at once as there are connections.
  await mapConcurrently(JUDGED, 4, async ({ question, document }) => {
    const { passages } = await search("main", question, 5);
    if (passages.some((passage) => passage.documentPath === document)) found++;
  });
  expect(JUDGED).toHaveLength(30);
  expect(found).toBeGreaterThanOrEqual(25);
});

it("a search of another tenant finds nothing", async () => {
  const { passages } = await search("somebody-else", JUDGED[0]?.question ?? "", 5);
  expect(passages).toEqual([]);
});

it("a question without words finds nothing and does not fail", async () => {
  for (const question of ["", "   ", "🚲🚲", "\u0000", "!!!"])
    expect((await search("main", question, 5)).degraded).toEqual([]);
});
