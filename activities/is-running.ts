import { type Client, WorkflowNotFoundError } from "@temporalio/client";

const TIMEOUT_MS = 3_000;

/** Asks Temporal by workflow id, never by a visibility query, which may lag. */
export async function isRunning(temporal: Client, workflowId: string): Promise<boolean> {
  try {
    const { status } = await temporal.withDeadline(Date.now() + TIMEOUT_MS, () =>
      temporal.workflow.getHandle(workflowId).describe(),
    );
    return status.name === "RUNNING";
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
