import { type Client, WorkflowNotFoundError } from "@temporalio/client";

const TIMEOUT_MS = 3_000;
/**
 * One task of a workflow that was tried so often fails or ends its process each time. A crash or two of a worker stays below, and a run
 * that is begun anew for nothing finds its turn as it was.
 */
const STUCK_ATTEMPTS = 4;

export type RunState = "running" | "stuck" | "gone";

/** Asks Temporal by workflow id, never by a visibility query, which may lag. */
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
