import { ApplicationFailure, Context } from "@temporalio/activity";
import { findIndexVersion, type IndexVersion } from "../db/index-versions.ts";
import { chunksAfter, type ChunkText } from "../db/knowledge.ts";
import type { Database } from "../db/postgres.ts";
import type { Vectors } from "../db/vectors.ts";
import { FAILURES } from "../workflows/failures.ts";
import type { ChunkPlace } from "../workflows/types.ts";
import type { BatchActivities } from "./contract.ts";
import type { ModelClient } from "./model/model-client.ts";
import { embedChunks } from "./retrieval/embed-chunks.ts";

export interface FillIndexDependencies {
  db: Database;
  model: ModelClient;
  vectors: Vectors;
}

/** Chunks of one activity: long enough that Temporal costs nothing, short enough for a retry. */
const STRETCH = 4_000;
/** Chunks of one call, and calls side by side: what a killed worker does again at most. */
export const BATCH = 100;
export const SIDE_BY_SIDE = 4;

type Filled = Awaited<ReturnType<BatchActivities["fillIndex"]>>;

export function createFillIndex({ db, model, vectors }: FillIndexDependencies): BatchActivities["fillIndex"] {
  return async function fillIndex({ versionId, after, isFresh }) {
    const version = await findIndexVersion(db, versionId);
    if (version === null)
      throw ApplicationFailure.nonRetryable(`There is no index version ${versionId}.`, FAILURES.modelRefused);
    const context = Context.current();
    const done: Filled = (context.info.heartbeatDetails as Filled | undefined) ?? {
      after,
      seen: 0,
      embedded: 0,
    };
    while (done.seen < STRETCH) {
      const window = await chunksAfter(db, done.after, BATCH * SIDE_BY_SIDE);
      const batches = batchesOf(window);
      // Many small tenants make many small batches of one window.
      while (batches.length > 0) {
        const filling = batches
          .splice(0, SIDE_BY_SIDE)
          .map(async (batch) => await fill({ version, batch, isFresh, signal: context.cancellationSignal }));
        for (const count of await Promise.all(filling)) done.embedded += count;
        context.heartbeat(done);
      }
      done.seen += window.length;
      if (window.length < BATCH * SIDE_BY_SIDE) return { ...done, after: null };
      done.after = placeOf(window.at(-1));
      context.heartbeat(done);
    }
    return done;
  };

  async function fill({ version, batch, isFresh, signal }: Filling): Promise<number> {
    const tenantId = batch[0]?.tenantId ?? "";
    const ids = batch.map(({ id }) => id);
    const known = isFresh ? new Set() : await vectors.known(version, tenantId, ids);
    const missing = batch.filter(({ id }) => !known.has(id));
    const values = await embedChunks({ model, version, chunks: missing, signal });
    const records = missing.map(({ id }, i) => ({ id, values: values[i] ?? [] }));
    await vectors.upsert(version, tenantId, records);
    return missing.length;
  }
}

interface Filling {
  version: IndexVersion;
  /** Of one tenant. */
  batch: ChunkText[];
  isFresh: boolean;
  signal: AbortSignal;
}

function placeOf(chunk: ChunkText | undefined): ChunkPlace | null {
  return chunk === undefined ? null : { tenantId: chunk.tenantId, chunkId: chunk.id };
}

/** A call goes to one tenant's namespace. */
function batchesOf(window: readonly ChunkText[]): ChunkText[][] {
  return [...Map.groupBy(window, ({ tenantId }) => tenantId).values()].flatMap((own) =>
    Array.from({ length: Math.ceil(own.length / BATCH) }, (_, i) => own.slice(i * BATCH, (i + 1) * BATCH)),
  );
}
