import type { WorkflowHandle } from "@temporalio/client";
import { RETRY_NOW_SIGNAL } from "../../../workflows/names.ts";
import { eventually } from "../eventually.ts";

/** Wakes a workflow that waits for its next attempt at a send. Resolves when it waits again. */
export async function wakeWait(handle: WorkflowHandle): Promise<void> {
  /** The run and its activity that waits for the next attempt. */
  const readWait = async () => {
    const { raw, runId } = await handle.describe();
    const [waiting] = raw.pendingActivities ?? [];
    return waiting === undefined ? null : `${runId} ${waiting.activityId}`;
  };
  const before = await eventually("a wait", readWait);
  await handle.signal(RETRY_NOW_SIGNAL);
  await eventually("another wait", async () => ![before, null].includes(await readWait()));
}
