import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectConfiguredVectors } from "../../../activities/answer/retrieval/configured-vectors.ts";
import { createPromoteIndex } from "../../../activities/promote-index.ts";
import { findLiveIndexVersion, listIndexVersions } from "../../../db/knowledge/index-versions.ts";
import { countChunks } from "../../../db/knowledge/documents.ts";
import { ingestDocuments } from "../../../infra/cli/tasks/ingest-documents.ts";
import { configuredIndexVersion } from "../../../infra/cli/tasks/migrate.ts";
import { reindex } from "../../../infra/cli/tasks/reindex.ts";
import type { Config } from "../../../infra/runtime/config/config.ts";
import { temporaryFolder } from "../../infra/sandbox/temporary-folder.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const OWN = "reindex-tests";

let parley: Installation;
let small: Config;
let large: Config;

beforeAll(async () => {
  parley = await openInstallation({ env: { PARLEY_PINECONE_INDEX: OWN } });
  small = parley.config;
  // The index version of the template database is in an index that other tests use.
  const { id, pineconeIndex } = configuredIndexVersion(small);
  await parley.db.execute(sql`UPDATE index_versions SET pinecone_index = ${pineconeIndex} WHERE id = ${id}`);
  large = { ...small, PARLEY_EMBEDDING_DIMENSIONS: 256 };
});
afterAll(async () => {
  const vectors = connectConfiguredVectors(parley.config);
  for (const version of await listIndexVersions(parley.db)) await vectors.removeIndex(version);
  await parley.close();
});

describe("a rebuild of the index", () => {
  it("an index without vectors is rebuilt and stays the active index", async () => {
    const total = await countChunks(parley.db);
    const end = await build(small);
    expect(total).toBeGreaterThan(10);
    expect(end).toMatchObject({ chunks: total, embedded: total, retired: null });
    expect(await countMissing(small)).toEqual([]);
  });

  it("an index for other embeddings is built and promoted when it has every chunk", async () => {
    const end = await build(large);
    expect(end.retired).toBe(configuredIndexVersion(small).id);
    expect((await findLiveIndexVersion(parley.db))?.id).toBe(configuredIndexVersion(large).id);
    expect(await countMissing(large)).toEqual([]);
    const reply = await parley.sendWebhook({ from: "reindex-1", text: "Do you repair e-bikes?" });
    expect(reply.response.status).toBe(202);
  });

  it("documents that arrive during the build are in both indexes", async () => {
    const medium = { ...small, PARLEY_EMBEDDING_DIMENSIONS: 128 };
    const folder = temporaryFolder();
    writeFileSync(
      join(folder, "late.md"),
      "# Late\n\nThis document arrived while another index was being built.\n",
    );
    await Promise.all([build(medium), addDocument(large, folder)]);
    expect(await countMissing(medium)).toEqual([]);
    const { rows } = await parley.db.execute(sql`SELECT FROM chunks WHERE document_path = 'late.md'`);
    expect(rows).toHaveLength(1);
  });

  it("an older index can be promoted again, with the documents that arrived since then", async () => {
    const before = await countMissing(small);
    expect(before.length).toBeGreaterThan(0);
    const end = await build(small);
    expect(end.embedded).toBe(before.length);
    expect(await countMissing(small)).toEqual([]);
    expect((await findLiveIndexVersion(parley.db))?.id).toBe(configuredIndexVersion(small).id);
  });

  it("a build with a mistyped model changes nothing, and the next ingestion succeeds", async () => {
    const before = await listIndexVersions(parley.db);
    const mistyped = { ...small, PARLEY_EMBEDDING_MODEL: "text-embedding-3-smal" };
    await expect(build(mistyped)).rejects.toThrow("The model text-embedding-3-smal does not return vectors");
    expect(await listIndexVersions(parley.db)).toEqual(before);
    const folder = temporaryFolder();
    writeFileSync(join(folder, "after.md"), "# After\n\nThis document arrived after the mistake.\n");
    await addDocument(small, folder);
  });

  it("two ingestions of one folder at the same time run one after the other", async () => {
    const folder = temporaryFolder();
    writeFileSync(
      join(folder, "twice.md"),
      "# Twice\n\nTwo operators load this document at the same time.\n",
    );
    let waited = 0;
    const ingest = async () =>
      await ingestDocuments(
        { ...small, PARLEY_TENANT: "third" },
        { folder, onDocument: () => undefined, onWait: () => waited++ },
      );
    const reports = await Promise.all([ingest(), ingest()]);
    expect(waited).toBe(1);
    expect(new Set(reports.map(({ documents }) => documents))).toEqual(new Set([0, 1]));
  });

  it("a job whose version was retired during the job fails and says so", async () => {
    const retired = (await listIndexVersions(parley.db)).find(({ state }) => state === "retired");
    const promoteIndex = createPromoteIndex({ db: parley.db });
    await expect(promoteIndex({ versionId: retired?.id ?? "" })).rejects.toThrow(
      "was retired during the job",
    );
    await expect(promoteIndex({ versionId: "none" })).rejects.toThrow("There is no index version none");
  });
});

async function build(config: Config) {
  const { db, temporal } = parley;
  if (temporal === undefined) throw new Error("This installation has no worker.");
  return await reindex({
    db,
    temporal,
    config,
    version: configuredIndexVersion(config),
    onProgress: () => undefined,
  });
}

/** Ingests one more folder without removing the documents of other folders. */
async function addDocument(config: Config, folder: string): Promise<void> {
  const report = await ingestDocuments(
    { ...config, PARLEY_TENANT: "second" },
    { folder, onDocument: () => undefined },
  );
  expect(report.documents).toBe(1);
}

async function countMissing(config: Config): Promise<string[]> {
  const { rows } = await parley.db.execute<{ tenant_id: string; id: string }>(
    sql`SELECT tenant_id, id FROM chunks`,
  );
  const version = configuredIndexVersion(config);
  const found = await Promise.all(
    [...Map.groupBy(rows, ({ tenant_id: tenant }) => tenant)].map(async ([tenant, own]) => {
      const ids = own.map(({ id }) => id);
      const existing = await connectConfiguredVectors(config).findExisting(version, tenant, ids);
      return ids.filter((id) => !existing.has(id));
    }),
  );
  return found.flat();
}
