import { continueAsNew, defineQuery, setHandler } from "@temporalio/workflow";
import { STRETCHES_PER_RUN } from "./policies.ts";
import { batchSteps } from "./steps.ts";
import type { ReindexEnd, ReindexInput, ReindexProgress } from "./types.ts";

const progressQuery = defineQuery<ReindexProgress>("progress");

/**
 * Brings the vectors of every chunk into one index, and then makes it the one that questions are asked of. It walks through all chunks
 * and makes what is missing, until a walk finds nothing missing: so documents that came in meanwhile are in it too, and a rebuild of a
 * lost index and a way back to an older one are the same job.
 */
export async function reindex(input: ReindexInput): Promise<ReindexEnd> {
  const steps = batchSteps();
  const state: ReindexProgress = input.progress ?? { walk: 1, seen: 0, missing: 0, embedded: 0, after: null };
  setHandler(progressQuery, () => state);
  for (let stretches = 0; ; stretches++) {
    if (stretches === STRETCHES_PER_RUN)
      return await continueAsNew<typeof reindex>({ ...input, progress: state });
    const isFresh = input.isFresh && state.walk === 1;
    const filled = await steps.fillIndex({ versionId: input.versionId, after: state.after, isFresh });
    state.after = filled.after;
    state.seen += filled.seen;
    state.missing += filled.embedded;
    state.embedded += filled.embedded;
    if (state.after !== null) continue;
    if (state.missing === 0) break;
    Object.assign(state, { walk: state.walk + 1, seen: 0, missing: 0 });
  }
  const { retired } = await steps.useIndex({ versionId: input.versionId });
  return { chunks: state.seen, embedded: state.embedded, walks: state.walk, retired };
}
