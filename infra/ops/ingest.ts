import { configuredVectors } from "../../activities/retrieval/configured-vectors.ts";
import { chunkDocument, searchText } from "../../activities/retrieval/chunk-document.ts";
import type { LoadedDocument } from "../../activities/retrieval/document.ts";
import { loadDocuments, type SkippedFile } from "../../activities/retrieval/load-documents.ts";
import { configuredModel } from "../../activities/model/configured-model.ts";
import {
  addIndexVersion,
  type IndexVersion,
  knownDocuments,
  removeDocument,
  saveDocument,
} from "../../db/knowledge.ts";
import { connectPostgres } from "../../db/postgres.ts";
import type { Config } from "../runtime/config.ts";
import { configuredIndexVersion } from "./migrate.ts";

export interface IngestReport {
  ok: boolean;
  documents: number;
  unchanged: number;
  removed: number;
  chunks: number;
  skipped: SkippedFile[];
}

export interface IngestOptions {
  folder: string;
  onDocument(path: string): void;
}

/** The embeddings endpoint takes up to 2048 inputs; a hundred passages stay far below its token limit. */
const EMBED_BATCH = 100;
const EMBED_MS = 30_000;

/**
 * Brings a folder's documents into the tenant's knowledge base: vectors first, then the rows that make them findable, so that a run
 * that is cut off leaves only vectors that nothing points to. Unchanged documents are left alone, vanished ones removed.
 */
export async function ingest(config: Config, { folder, onDocument }: IngestOptions): Promise<IngestReport> {
  const db = connectPostgres({
    url: config.DATABASE_URL,
    maxConnections: 4,
    applicationName: "parley-ingest",
    onError: () => undefined,
  });
  const vectors = configuredVectors(config);
  const version = configuredIndexVersion(config);
  const tenantId = config.PARLEY_TENANT;
  const report: IngestReport = { ok: true, documents: 0, unchanged: 0, removed: 0, chunks: 0, skipped: [] };
  try {
    await vectors.ensureIndex(version);
    await addIndexVersion(db, version);
    const known = await knownDocuments(db, tenantId);
    const seen = new Set<string>();
    const skip = (file: SkippedFile) => {
      report.skipped.push(file);
      // A document that cannot be read today is not gone.
      seen.add(file.path);
    };
    for await (const document of loadDocuments(folder, skip)) {
      seen.add(document.path);
      const before = known.get(document.path);
      if (before?.sha256 === document.sha256 && before.indexVersion === version.id) {
        report.unchanged++;
        continue;
      }
      onDocument(document.path);
      report.chunks += await take(document);
      report.documents++;
    }
    for (const path of [...known.keys()].filter((name) => !seen.has(name))) {
      await vectors.remove(version, tenantId, await removeDocument(db, { tenantId, path }));
      report.removed++;
    }
    return report;
  } finally {
    await db.$client.end();
  }

  async function take(document: LoadedDocument): Promise<number> {
    const chunks = chunkDocument(document);
    const values = await embedAll(
      config,
      version,
      chunks.map((chunk) => searchText(document, chunk)),
    );
    await vectors.upsert(
      version,
      tenantId,
      chunks.map(({ chunkId }, i) => ({ id: chunkId, values: values[i] ?? [] })),
    );
    const { path, sha256, title } = document;
    const rows = chunks.map(({ chunkId, text, ...chunk }) => ({
      ...chunk,
      id: chunkId,
      body: text,
      tenantId,
      title,
      documentPath: path,
    }));
    const gone = await saveDocument(db, { tenantId, path, sha256, title, indexVersion: version.id }, rows);
    await vectors.remove(version, tenantId, gone);
    return chunks.length;
  }
}

async function embedAll(config: Config, version: IndexVersion, texts: string[]): Promise<number[][]> {
  const model = configuredModel(config);
  const values: number[][] = [];
  for (let start = 0; start < texts.length; start += EMBED_BATCH) {
    const { embeddingModel, dimensions } = version;
    const batch = texts.slice(start, start + EMBED_BATCH);
    values.push(
      ...(await model.embed({
        model: embeddingModel,
        dimensions,
        texts: batch,
        signal: AbortSignal.timeout(EMBED_MS),
      })),
    );
  }
  return values;
}
