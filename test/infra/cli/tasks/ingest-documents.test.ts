import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from "vitest";
import { connectConfiguredVectors } from "../../../../activities/answer/retrieval/configured-vectors.ts";
import { removeDocument, saveDocument } from "../../../../db/knowledge/documents.ts";
import { addIndexVersion, listWritableIndexVersions } from "../../../../db/knowledge/index-versions.ts";
import { ingestDocuments } from "../../../../infra/cli/tasks/ingest-documents.ts";
import { configuredIndexVersion } from "../../../../infra/cli/tasks/migrate.ts";
import { type Config, loadConfig } from "../../../../infra/runtime/config/config.ts";
import { createPdf } from "../../../support/documents/pdf.ts";
import { openHttpPeer } from "../../../support/http-peer.ts";
import { type OpenDatabase, openDatabase } from "../../../support/open-database.ts";

/** More than the parameters of one statement permit (8,191) and the ids of one call of Pinecone (1,000). */
const CHUNKS = 9_000;
const SECRET_TEXT = "The vault code is 4711";
let opened: OpenDatabase;

beforeAll(async () => {
  opened = await openDatabase("ingest");
});
afterAll(() => opened.close());

/** An embedding model that refuses every text with the word "refused", and repeats the text in its error. */
async function openEmbeddings(dimensions: number) {
  const vector = Buffer.from(new Float32Array(dimensions).fill(0.1).buffer).toString("base64");
  return await openHttpPeer((response, { body }) => {
    const { input } = JSON.parse(body) as { input: string[] };
    const isRefused = input.some((text) => text.includes("refused"));
    const data = input.map((_text, index) => ({ object: "embedding", index, embedding: vector }));
    const error = {
      message: `Invalid input: ${input.join(" ")}`,
      code: "invalid_value",
      type: "x",
      param: null,
    };
    response.writeHead(isRefused ? 400 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(isRefused ? { error } : { object: "list", data, usage: {} }));
  });
}

async function openTenant() {
  const env = { ...inject("sandboxEnv"), DATABASE_URL: opened.url, PARLEY_TENANT: `t-${randomUUID()}` };
  const { PARLEY_EMBEDDING_DIMENSIONS: dimensions } = loadConfig(env);
  const peer = await openEmbeddings(dimensions);
  const config = loadConfig({ ...env, OPENAI_BASE_URL: `${peer.url}/v1` });
  const folder = mkdtempSync(join(tmpdir(), "parley-ingest-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return {
    config,
    dimensions,
    write: (name: string, text: string | Uint8Array) => writeFileSync(join(folder, name), text),
    folder,
  };
}

async function ingest(config: Config, folder: string, isStrict = false) {
  const lines: string[] = [];
  const onFailure = ({ path, reason }: { path: string; reason: string }) => lines.push(`${path}: ${reason}`);
  const onDocument = () => undefined;
  const onLoss = ({ path, reason }: { path: string; reason: string }) => lines.push(`${path}: ${reason}`);
  const report = await ingestDocuments(config, { folder, isStrict, onDocument, onFailure, onLoss });
  return { report, lines };
}

test("a document that cannot be ingested costs one line without its text, and the others are ingested", async () => {
  const { config, folder, write } = await openTenant();
  write("a.md", `# A\n\n${SECRET_TEXT}, refused.`);
  write("b.md", "# B\n\nWe open at nine.");
  const { report, lines } = await ingest(config, folder);
  expect(lines).toEqual(["a.md: the embedding model responded with 400 (invalid_value)"]);
  expect(report).toMatchObject({ ok: false, documents: 1, failed: [{ path: "a.md" }] });
  expect(JSON.stringify(report)).not.toContain(SECRET_TEXT);
  write("a.md", `# A\n\n${SECRET_TEXT}.`);
  expect((await ingest(config, folder)).report).toMatchObject({
    ok: true,
    documents: 1,
    unchanged: 1,
    failed: [],
  });
});

test("a file that lost text is named each time, and fails a strict run, which loads it all the same", async () => {
  const { config, folder, write } = await openTenant();
  const words = {
    x: 50,
    y: 700,
    text: "We open at nine and close at six, every day but Monday, in August at ten.",
  };
  write("a.pdf", createPdf([{ texts: [words] }, { texts: [], isScan: true }]));
  write("b.doc", "x");
  const lost = "a.pdf: page 2 holds no text; run OCR on the file, for example with ocrmypdf";
  const first = await ingest(config, folder);
  expect(first.lines).toEqual([lost]);
  expect(first.report).toMatchObject({ ok: true, documents: 1, skipped: [{ path: "b.doc" }] });
  expect(first.report.lossy).toMatchObject([{ path: "a.pdf", share: 0.5 }]);
  const strict = await ingest(config, folder, true);
  expect(strict.lines).toEqual([lost]);
  expect(strict.report).toMatchObject({ ok: false, documents: 0, unchanged: 1, failed: [] });
});

test("vectors that an interrupted run left are found and removed by the next one", async () => {
  const { config, dimensions, folder, write } = await openTenant();
  write("a.md", "# A\n\nWe open at nine.");
  await ingest(config, folder);
  const vectors = connectConfiguredVectors(config);
  const [version] = await listWritableIndexVersions(opened.db);
  if (version === undefined) throw new Error("There is no index version.");
  const ids = Array.from({ length: 120 }, (_, i) => `orphan-${i}`);
  const values = Array.from({ length: dimensions }, () => 0.1);
  await vectors.upsert(
    version,
    config.PARLEY_TENANT,
    ids.map((id) => ({ id, values })),
  );
  expect((await ingest(config, folder)).report).toMatchObject({ ok: true, unchanged: 1, orphans: 120 });
  expect(await vectors.findExisting(version, config.PARLEY_TENANT, ids)).toEqual(new Set());
});

test("a document of 9,000 chunks is stored, replaced and removed with its vectors", async () => {
  const { config } = await openTenant();
  const { db } = opened;
  await addIndexVersion(db, configuredIndexVersion(config));
  const versions = await listWritableIndexVersions(db);
  const { PARLEY_TENANT: tenantId } = config;
  const key = { tenantId, path: "handbook.md" };
  const document = { ...key, sha256: "a", title: "Handbook", indexVersion: versions[0]?.id ?? "" };
  const rows = Array.from({ length: CHUNKS }, (_, ordinal) => ({
    tenantId,
    id: `c${ordinal}`,
    documentPath: key.path,
    ordinal,
    title: "",
    heading: "",
    body: `Rule ${ordinal}.`,
    tokens: 3,
  }));
  const writtenTo = versions.map(({ id }) => id);
  expect(await saveDocument(db, document, { rows, writtenTo })).toEqual([]);
  expect(await saveDocument(db, document, { rows: rows.slice(0, 10), writtenTo })).toHaveLength(CHUNKS - 10);
  await saveDocument(db, document, { rows, writtenTo });
  const gone = await removeDocument(db, key);
  expect(gone).toHaveLength(CHUNKS);
  const vectors = connectConfiguredVectors(config);
  for (const version of versions)
    await expect(vectors.remove(version, tenantId, gone)).resolves.toBeUndefined();
});
