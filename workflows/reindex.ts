import { continueAsNew, defineQuery, setHandler } from "@temporalio/workflow";
import { BATCHES_PER_RUN } from "./policies.ts";
import { batchSteps } from "./steps.ts";
import type { ReindexResult, ReindexInput, ReindexProgress } from "./types.ts";

const progressQuery = defineQuery<ReindexProgress>("progress");

/**
 * Embeds every chunk into one index version and then promotes that version to live. Each pass reads all chunks and embeds the missing
 * ones, until a pass finds none missing. So documents that were added during the job are included. A rebuild of a lost index and a
 * rollback to an older version are the same job.
 */
export async function reindex(input: ReindexInput): Promise<ReindexResult> {
  const steps = batchSteps();
  const state: ReindexProgress = input.progress ?? { pass: 1, seen: 0, missing: 0, embedded: 0, after: null };
  setHandler(progressQuery, () => state);
  for (let batches = 0; ; batches++) {
    if (batches === BATCHES_PER_RUN)
      return await continueAsNew<typeof reindex>({ ...input, progress: state });
    const isFresh = input.isFresh && state.pass === 1;
    const batch = await steps.embedMissingChunks({ versionId: input.versionId, after: state.after, isFresh });
    state.after = batch.after;
    state.seen += batch.seen;
    state.missing += batch.embedded;
    state.embedded += batch.embedded;
    if (state.after !== null) continue;
    if (state.missing === 0) break;
    state.pass += 1;
    state.seen = 0;
    state.missing = 0;
  }
  const { retired } = await steps.promoteIndex({ versionId: input.versionId });
  return { chunks: state.seen, embedded: state.embedded, passes: state.pass, retired };
}
