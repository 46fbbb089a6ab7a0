import { type Client, WorkflowNotFoundError } from "@temporalio/client";
import { RETRY_NOW_SIGNAL } from "../../workflows/names.ts";

const TIMEOUT_MS = 3_000;

/** Ends the wait of a workflow whose next attempt was brought forward. A closed one is started again by other scans. */
export async function wakeWorkflow(temporal: Client, workflowId: string): Promise<void> {
  try {
    await temporal.withDeadline(Date.now() + TIMEOUT_MS, async () => {
      await temporal.workflow.getHandle(workflowId).signal(RETRY_NOW_SIGNAL);
    });
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
