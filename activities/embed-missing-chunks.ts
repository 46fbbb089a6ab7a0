import { ApplicationFailure, Context } from "@temporalio/activity";
import { findIndexVersion, type IndexVersion } from "../db/knowledge/index-versions.ts";
import { listChunksAfter, type ChunkText } from "../db/knowledge/documents.ts";
import type { Database } from "../db/connection/postgres.ts";
import { bookEmbeddings } from "../db/tenants/budgets.ts";
import { toBatches } from "../db/connection/to-batches.ts";
import type { Vectors } from "../db/knowledge/vectors.ts";
import { mapConcurrently } from "../infra/runtime/map-concurrently.ts";
import { FAILURES } from "../workflows/failures.ts";
import type { ChunkCursor } from "../workflows/types.ts";
import type { BatchActivities } from "./contract.ts";
import type { EmbeddingClient } from "./answer/model/embedding-client.ts";
import { embedChunks } from "./answer/retrieval/embed-chunks.ts";

export interface EmbedMissingChunksDependencies {
  db: Database;
  model: Pick<EmbeddingClient, "embed">;
  vectors: Vectors;
}

/** Chunks of one attempt: enough that the cost of Temporal does not matter, few enough to repeat. */
const CHUNKS_PER_ACTIVITY = 4_000;
/** Chunks of one call, and concurrent calls: their product is the most that a killed worker has to repeat. */
export const CHUNKS_PER_CALL = 100;
export const CONCURRENCY = 4;

type EmbedProgress = Awaited<ReturnType<BatchActivities["embedMissingChunks"]>>;

export function createEmbedMissingChunks({
  db,
  model,
  vectors,
}: EmbedMissingChunksDependencies): BatchActivities["embedMissingChunks"] {
  return async function embedMissingChunks({ versionId, after, isFresh }) {
    const version = await findIndexVersion(db, versionId);
    if (version === null)
      throw ApplicationFailure.nonRetryable(
        `There is no index version ${versionId}.`,
        FAILURES.indexVersionMissing,
      );
    const context = Context.current();
    const done: EmbedProgress = (context.info.heartbeatDetails as EmbedProgress | undefined) ?? {
      after,
      seen: 0,
      embedded: 0,
    };
    while (done.seen < CHUNKS_PER_ACTIVITY) {
      const page = await listChunksAfter(db, done.after, CHUNKS_PER_CALL * CONCURRENCY);
      await mapConcurrently(splitIntoBatches(page), CONCURRENCY, async (batch) => {
        const embedded = await embedBatch({ version, batch, isFresh, signal: context.cancellationSignal });
        done.embedded += embedded;
        context.heartbeat(done);
      });
      done.seen += page.length;
      if (page.length < CHUNKS_PER_CALL * CONCURRENCY) return { ...done, after: null };
      done.after = cursorOf(page.at(-1));
      context.heartbeat(done);
    }
    return done;
  };

  async function embedBatch({ version, batch, isFresh, signal }: EmbedBatch): Promise<number> {
    const tenantId = batch[0]?.tenantId ?? "";
    const ids = batch.map(({ id }) => id);
    const known = isFresh ? new Set() : await vectors.findExisting(version, tenantId, ids);
    const missing = batch.filter(({ id }) => !known.has(id));
    const embedded = await embedChunks({ model, version, chunks: missing, signal });
    // Before the vectors are stored: a repeated batch embeds its texts again, and pays again.
    await bookEmbeddings(db, { tenantId, usd: embedded.costUsd });
    const records = missing.map(({ id }, i) => ({ id, values: embedded.vectors[i] ?? [] }));
    await vectors.upsert(version, tenantId, records);
    return missing.length;
  }
}

interface EmbedBatch {
  version: IndexVersion;
  /** Chunks of one tenant. */
  batch: ChunkText[];
  isFresh: boolean;
  signal: AbortSignal;
}

function cursorOf(chunk: ChunkText | undefined): ChunkCursor | null {
  return chunk === undefined ? null : { tenantId: chunk.tenantId, chunkId: chunk.id };
}

/** Each call writes to the namespace of one tenant. */
function splitIntoBatches(page: readonly ChunkText[]): ChunkText[][] {
  return [...Map.groupBy(page, ({ tenantId }) => tenantId).values()].flatMap((own) =>
    toBatches(own, CHUNKS_PER_CALL),
  );
}
