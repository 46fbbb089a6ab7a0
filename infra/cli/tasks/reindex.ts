import { type Client, WorkflowFailedError } from "@temporalio/client";
import { connectConfiguredVectors } from "../../../activities/answer/retrieval/configured-vectors.ts";
import { createConfiguredModel } from "../../../activities/answer/model/configured-model.ts";
import {
  abandonBuilding,
  addIndexVersion,
  beginBuilding,
  findIndexVersion,
  type IndexVersion,
} from "../../../db/knowledge/index-versions.ts";
import { countChunks } from "../../../db/knowledge/documents.ts";
import type { Database } from "../../../db/connection/postgres.ts";
import { reindexWorkflowId } from "../../../workflows/names.ts";
import type { ReindexResult, ReindexProgress } from "../../../workflows/types.ts";
import { UserError } from "../../runtime/errors.ts";
import type { Config } from "../../runtime/config/config.ts";
import { createWorkflowStarter } from "../../runtime/temporal/workflow-starter.ts";

export interface ReindexJob {
  db: Database;
  temporal: Client;
  config: Config;
  version: IndexVersion;
  /** Called about once a second. */
  onProgress(progress: ReindexProgress & { total: number; chunksPerS: number }): void;
}

const POLL_INTERVAL_MS = 1_000;
const TRIAL_MS = 30_000;

/**
 * Embeds all chunks for a version and makes it the live one, in a workflow that continues without this process. If it runs already, this
 * only follows it.
 */
export async function reindex(job: ReindexJob): Promise<ReindexResult> {
  const { db, temporal, config, version } = job;
  // A known version keeps its index, even if the settings would name it differently now.
  const known = (await findIndexVersion(db, version.id)) ?? version;
  await requireModel(config, known);
  await addIndexVersion(db, version);
  const isFresh = await connectConfiguredVectors(config).ensureIndex(known);
  await beginBuilding(db, version.id);
  const starter = createWorkflowStarter({ temporal, taskQueue: config.PARLEY_TASK_QUEUE });
  await starter.startReindex({ versionId: version.id, isFresh });
  return await follow(job, reindexWorkflowId(version.id));
}

/** One vector before anything is stored: from then on every ingestion writes to the new version too. */
async function requireModel(
  config: Config,
  { embeddingModel: model, dimensions }: IndexVersion,
): Promise<void> {
  const signal = AbortSignal.timeout(TRIAL_MS);
  try {
    await createConfiguredModel(config).embed({ model, dimensions, texts: ["trial"], signal });
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unknown";
    throw new UserError(
      `The model ${model} does not return vectors of ${dimensions} numbers: ${reason} Nothing was changed.`,
    );
  }
}

async function follow(
  { db, temporal, version, onProgress }: ReindexJob,
  workflowId: string,
): Promise<ReindexResult> {
  const handle = temporal.workflow.getHandle(workflowId);
  const total = await countChunks(db);
  const began = Date.now();
  const timer = setInterval(() => {
    handle
      .query<ReindexProgress>("progress")
      .then((progress) => {
        const chunksPerS = Math.round((progress.seen * 1000) / (Date.now() - began));
        onProgress({ ...progress, total, chunksPerS });
      })
      // Not logged: no worker runs, or Temporal is unavailable: the next query may succeed.
      .catch(() => undefined);
  }, POLL_INTERVAL_MS);
  try {
    return (await handle.result()) as ReindexResult;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    await abandonBuilding(db, version.id);
    throw new UserError(
      `${findRootCause(error)} Correct this and start it again: it continues with the missing chunks.`,
    );
  } finally {
    clearInterval(timer);
  }
}

/** The innermost failure has the reason. The outer ones name the activity and the workflow. */
function findRootCause(error: Error): string {
  return error.cause instanceof Error ? findRootCause(error.cause) : error.message;
}
