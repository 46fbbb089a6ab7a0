import type { Config } from "../../runtime/config/config.ts";
import { connectTemporal, temporalSettings } from "../../runtime/temporal/temporal-client.ts";
import { createWorkflowStarter, type WorkflowStarter } from "../../runtime/temporal/workflow-starter.ts";

/** Connects to Temporal for the length of one command. */
export async function withWorkflowStarter<T>(
  config: Config,
  work: (starter: WorkflowStarter) => Promise<T>,
): Promise<T> {
  const temporal = connectTemporal(temporalSettings(config), config.PARLEY_ENCRYPTION_KEYS);
  try {
    return await work(createWorkflowStarter({ temporal, taskQueue: config.PARLEY_TASK_QUEUE }));
  } finally {
    await temporal.connection.close();
  }
}
