import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { configuredVectors } from "../../activities/retrieval/configured-vectors.ts";
import { liveIndexVersion, listIndexVersions } from "../../db/index-versions.ts";
import { countChunks } from "../../db/knowledge.ts";
import { ingest } from "../../infra/ops/ingest.ts";
import { configuredIndexVersion } from "../../infra/ops/migrate.ts";
import { reindex } from "../../infra/ops/reindex.ts";
import type { Config } from "../../infra/runtime/config.ts";
import { temporaryFolder } from "../dev/temporary-folder.ts";
import { type Installation, openInstallation } from "../support/open-installation.ts";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const OWN = "reindex-tests";

let parley: Installation;
let small: Config;
let large: Config;

beforeAll(async () => {
  parley = await openInstallation({ env: { PARLEY_PINECONE_INDEX: OWN } });
  small = parley.config;
  // The one that the template knows lies in an index that other tests use.
  const { id, pineconeIndex } = configuredIndexVersion(small);
  await parley.db.execute(sql`UPDATE index_versions SET pinecone_index = ${pineconeIndex} WHERE id = ${id}`);
  large = { ...small, PARLEY_EMBEDDING_DIMENSIONS: 256 };
});
afterAll(async () => {
  const vectors = configuredVectors(parley.config);
  for (const version of await listIndexVersions(parley.db)) await vectors.removeIndex(version);
  await parley.close();
});

describe("the index is built anew", () => {
  it("where all its vectors are missing, and stays the one in use", async () => {
    const total = await countChunks(parley.db);
    const end = await build(small);
    expect(total).toBeGreaterThan(10);
    expect(end).toMatchObject({ chunks: total, embedded: total, retired: null });
    expect(await missingIn(small)).toEqual([]);
  });

  it("for other embeddings, and is used when every chunk is in it", async () => {
    const end = await build(large);
    expect(end.retired).toBe(configuredIndexVersion(small).id);
    expect((await liveIndexVersion(parley.db))?.id).toBe(configuredIndexVersion(large).id);
    expect(await missingIn(large)).toEqual([]);
    const answer = await parley.sendWebhook({ from: "reindex-1", text: "Do you repair e-bikes?" });
    expect(answer.response.status).toBe(202);
  });

  it("with what comes in while it is built, in both", async () => {
    const medium = { ...small, PARLEY_EMBEDDING_DIMENSIONS: 128 };
    const folder = temporaryFolder();
    writeFileSync(join(folder, "late.md"), "# Late\n\nThis came in while another index was being built.\n");
    await Promise.all([build(medium), addDocument(large, folder)]);
    expect(await missingIn(medium)).toEqual([]);
    const { rows } = await parley.db.execute(sql`SELECT FROM chunks WHERE document_path = 'late.md'`);
    expect(rows).toHaveLength(1);
  });

  it("back to an older one, with what came since", async () => {
    const before = await missingIn(small);
    expect(before.length).toBeGreaterThan(0);
    const end = await build(small);
    expect(end.embedded).toBe(before.length);
    expect(await missingIn(small)).toEqual([]);
    expect((await liveIndexVersion(parley.db))?.id).toBe(configuredIndexVersion(small).id);
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

/** Takes in one more folder beside the documents that are there already. */
async function addDocument(config: Config, folder: string): Promise<void> {
  const report = await ingest(
    { ...config, PARLEY_TENANT: "second" },
    { folder, onDocument: () => undefined },
  );
  expect(report.documents).toBe(1);
}

async function missingIn(config: Config): Promise<string[]> {
  const { rows } = await parley.db.execute<{ tenant_id: string; id: string }>(
    sql`SELECT tenant_id, id FROM chunks`,
  );
  const version = configuredIndexVersion(config);
  const found = await Promise.all(
    [...Map.groupBy(rows, ({ tenant_id: tenant }) => tenant)].map(async ([tenant, own]) => {
      const ids = own.map(({ id }) => id);
      const known = await configuredVectors(config).known(version, tenant, ids);
      return ids.filter((id) => !known.has(id));
    }),
  );
  return found.flat();
}
