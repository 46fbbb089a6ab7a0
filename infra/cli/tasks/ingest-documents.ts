import { connectConfiguredVectors } from "../../../activities/answer/retrieval/configured-vectors.ts";
import { chunkDocument, formatSearchText } from "../../../activities/answer/retrieval/chunk-document.ts";
import { describeLoss, type LostText } from "../../../activities/answer/retrieval/describe-loss.ts";
import type { LoadedDocument } from "../../../activities/answer/retrieval/document.ts";
import { loadDocuments, type SkippedFile } from "../../../activities/answer/retrieval/load-documents.ts";
import { createConfiguredModel } from "../../../activities/answer/model/configured-model.ts";
import {
  addIndexVersion,
  type IndexVersion,
  listWritableIndexVersions,
} from "../../../db/knowledge/index-versions.ts";
import {
  listChunkIds,
  listDocuments,
  removeDocument,
  saveDocument,
} from "../../../db/knowledge/documents.ts";
import { bookEmbeddings } from "../../../db/tenants/budgets.ts";
import { connectPostgres } from "../../../db/connection/postgres.ts";
import { toBatches } from "../../../db/connection/to-batches.ts";
import type { Config } from "../../runtime/config/config.ts";
import { directDatabaseUrl, pooledDatabase } from "../../runtime/servers/database-settings.ts";
import { UserError } from "../../runtime/errors.ts";
import { describeIngestFailure, isFailureOfAll } from "./describe-ingest-failure.ts";
import { withIngestLock } from "./ingest-lock.ts";
import { configuredIndexVersion } from "./migrate.ts";

export interface IngestReport {
  ok: boolean;
  documents: number;
  unchanged: number;
  removed: number;
  chunks: number;
  skipped: SkippedFile[];
  /** Files that were read, and lost text on the way. Those that did not change are named too. */
  lossy: LostText[];
  /** Documents that could not be ingested. They keep their earlier version. */
  failed: SkippedFile[];
  /** Vectors without a document that an interrupted run had left. */
  orphans: number;
}

export interface IngestOptions {
  folder: string;
  /** A file that is skipped or loses text makes the report `ok: false`. The others are ingested all the same. */
  isStrict?: boolean;
  onDocument(path: string): void;
  onSkip?(file: SkippedFile): void;
  onFailure?(file: SkippedFile): void;
  onLoss?(file: LostText): void;
  /** Another run of the tenant is in progress, and this one waits for its end. */
  onWait?(): void;
}

/** The embeddings endpoint accepts up to 2048 inputs. A hundred passages are far below its token limit. */
const EMBED_BATCH = 100;
const EMBED_MS = 30_000;
/** Failures of stores and vendors in a row after which the run ends, instead of paying for documents that cannot be stored. */
const MAX_FAILURES_IN_ROW = 3;

/** Like `ingestWithLock`, one run of the tenant at a time. */
export async function ingestDocuments(config: Config, options: IngestOptions): Promise<IngestReport> {
  const { PARLEY_TENANT: tenantId } = config;
  const databaseUrl = directDatabaseUrl(config);
  const onWait = options.onWait ?? (() => undefined);
  return await withIngestLock(
    { databaseUrl, tenantId, onWait },
    async () => await ingestWithLock(config, options),
  );
}

/**
 * Loads the documents of a folder into the tenant's knowledge base, removes those that are no longer in the folder, and skips unchanged
 * ones. Vectors are written before the rows that refer to them, so an interrupted run leaves only unused vectors. While another version of
 * the index is built, it gets the vectors too.
 */
async function ingestWithLock(
  config: Config,
  { folder, isStrict = false, onDocument, onSkip, onFailure, onLoss }: IngestOptions,
): Promise<IngestReport> {
  const db = connectForIngest(config);
  const vectors = connectConfiguredVectors(config);
  const version = configuredIndexVersion(config);
  const tenantId = config.PARLEY_TENANT;
  const report = createReport();
  let failuresInRow = 0;
  try {
    await vectors.ensureIndex(version);
    await addIndexVersion(db, version);
    const stored = await listDocuments(db, tenantId);
    const seen = new Set<string>();
    const skip = (file: SkippedFile) => {
      report.skipped.push(file);
      onSkip?.(file);
      // A file that cannot be read keeps the version that was ingested before.
      seen.add(file.path);
    };
    for await (const document of loadDocuments(folder, skip)) {
      seen.add(document.path);
      const loss = describeLoss(document);
      if (loss !== null) {
        report.lossy.push(loss);
        onLoss?.(loss);
      }
      const before = stored.get(document.path);
      const [live] = await listWritableIndexVersions(db);
      if (before?.sha256 === document.sha256 && before.indexVersion === live?.id) {
        report.unchanged++;
        continue;
      }
      onDocument(document.path);
      await goOnAfterFailure(document.path, async () => {
        report.chunks += await ingestDocument(document);
        report.documents++;
      });
    }
    for (const path of [...stored.keys()].filter((name) => !seen.has(name))) {
      await goOnAfterFailure(path, async () => {
        const gone = await removeDocument(db, { tenantId, path });
        report.removed++;
        await removeVectors(gone);
      });
    }
    await goOnAfterFailure("(vectors without a document)", removeOrphans);
    if (isStrict && report.skipped.length + report.lossy.length > 0) report.ok = false;
    return report;
  } finally {
    await db.$client.end();
  }

  /** One document that cannot be ingested does not stop the others. A store that is unavailable for several in a row ends the run. */
  async function goOnAfterFailure(path: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      failuresInRow = 0;
    } catch (error) {
      const reason = describeIngestFailure(error);
      failuresInRow = isFailureOfAll(error) ? failuresInRow + 1 : 0;
      if (failuresInRow === MAX_FAILURES_IN_ROW)
        throw new UserError(
          `${path}: ${reason}. Correct this and run it again: it goes on with the other documents.`,
        );
      report.ok = false;
      report.failed.push({ path, reason });
      onFailure?.({ path, reason });
    }
  }

  async function removeVectors(ids: string[]): Promise<void> {
    for (const kept of await listWritableIndexVersions(db)) await vectors.remove(kept, tenantId, ids);
  }

  async function removeOrphans(): Promise<void> {
    for (const kept of await listWritableIndexVersions(db)) {
      const orphans = await vectors.listOrphans(kept, tenantId, await listChunkIds(db, tenantId));
      await vectors.remove(kept, tenantId, orphans ?? []);
      report.orphans += orphans?.length ?? 0;
    }
  }

  /** Repeats if a version of the index was started or retired at the same time. */
  async function ingestDocument(document: LoadedDocument): Promise<number> {
    const chunks = chunkDocument(document);
    for (;;) {
      const kept = await listWritableIndexVersions(db);
      for (const each of kept) await putVectors(each, { document, chunks });
      const gone = await saveChunks(document, { chunks, kept });
      if (gone === null) continue;
      for (const each of kept) await vectors.remove(each, tenantId, gone);
      return chunks.length;
    }
  }

  async function putVectors(to: IndexVersion, { document, chunks }: ChunkedDocument): Promise<void> {
    const texts = chunks.map((chunk) => formatSearchText(document, chunk));
    const { values, costUsd } = await embedAll(config, to, texts);
    await bookEmbeddings(db, { tenantId, usd: costUsd });
    const records = chunks.map(({ chunkId }, i) => ({ id: chunkId, values: values[i] ?? [] }));
    await vectors.upsert(to, tenantId, records);
  }

  async function saveChunks(
    { path, sha256, title }: LoadedDocument,
    { chunks, kept }: Pick<ChunkedDocument, "chunks"> & { kept: IndexVersion[] },
  ): Promise<string[] | null> {
    const rows = chunks.map(({ chunkId, text, ...chunk }) => ({
      ...chunk,
      id: chunkId,
      body: text,
      tenantId,
      title,
      documentPath: path,
    }));
    const indexVersion = kept[0]?.id ?? version.id;
    const writtenTo = kept.map(({ id }) => id);
    return await saveDocument(db, { tenantId, path, sha256, title, indexVersion }, { rows, writtenTo });
  }
}

function createReport(): IngestReport {
  const counts = { documents: 0, unchanged: 0, removed: 0, chunks: 0, orphans: 0 };
  return { ok: true, ...counts, skipped: [], lossy: [], failed: [] };
}

function connectForIngest(config: Config) {
  return connectPostgres({
    ...pooledDatabase(config),
    maxConnections: 4,
    applicationName: "parley-ingest",
    onError: () => undefined,
  });
}

interface ChunkedDocument {
  document: LoadedDocument;
  chunks: ReturnType<typeof chunkDocument>;
}

async function embedAll(
  config: Config,
  version: IndexVersion,
  texts: string[],
): Promise<{ values: number[][]; costUsd: number }> {
  const model = createConfiguredModel(config);
  const values: number[][] = [];
  let costUsd = 0;
  const { embeddingModel, dimensions } = version;
  for (const batch of toBatches(texts, EMBED_BATCH)) {
    const signal = AbortSignal.timeout(EMBED_MS);
    const embedded = await model.embed({ model: embeddingModel, dimensions, texts: batch, signal });
    values.push(...embedded.vectors);
    costUsd += embedded.costUsd;
  }
  return { values, costUsd };
}
