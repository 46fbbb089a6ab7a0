import { type Client, WorkflowNotFoundError } from "@temporalio/client";

const TIMEOUT_MS = 3_000;
/**
 * A workflow task with this many attempts fails or kills its worker each time. One or two crashes of a worker cause fewer attempts.
 * A needless restart does no harm: the new run finds its turn as it was.
 */
const STUCK_ATTEMPTS = 4;

export type RunState = "running" | "stuck" | "gone";

/** Reads the state of a run by its workflow id, because the results of a visibility query may lag. */
export async function fetchRunState(temporal: Client, workflowId: string): Promise<RunState> {
  try {
    const { status, raw } = await temporal.withDeadline(Date.now() + TIMEOUT_MS, () =>
      temporal.workflow.getHandle(workflowId).describe(),
    );
    if (status.name !== "RUNNING") return "gone";
    return (raw.pendingWorkflowTask?.attempt ?? 1) < STUCK_ATTEMPTS ? "running" : "stuck";
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return "gone";
    throw error;
  }
}
