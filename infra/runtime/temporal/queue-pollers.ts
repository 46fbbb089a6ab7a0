import type { WorkflowService } from "@temporalio/client";
import { taskQueues } from "../../../workflows/names.ts";

export type QueueName = keyof ReturnType<typeof taskQueues>;

export interface QueuePoller {
  queue: QueueName;
  identity: string;
  deploymentName: string;
  buildId: string;
}

/** Temporal's values of `TaskQueueType`. Only the main queue has workflow tasks. */
const WORKFLOW_TASKS = 1;
const ACTIVITY_TASKS = 2;
/** A worker polls at least this often, ms: Temporal keeps a poll open for at most a minute. */
const RECENT_MS = 70_000;

/** The workers that poll the queues of this installation. A worker that was killed is listed for up to 70 s. */
export async function listPollers(
  workflowService: Pick<WorkflowService, "describeTaskQueue">,
  { namespace, taskQueue }: { namespace: string; taskQueue: string },
): Promise<QueuePoller[]> {
  const queues = Object.entries(taskQueues(taskQueue)) as [QueueName, string][];
  const lookups = queues.map(async ([queue, name]) => {
    const { pollers } = await workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name },
      taskQueueType: queue === "main" ? WORKFLOW_TASKS : ACTIVITY_TASKS,
    });
    const recent = (pollers ?? []).filter(
      ({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1_000 >= Date.now() - RECENT_MS,
    );
    return recent.map(({ identity, deploymentOptions }) => ({
      queue,
      identity: identity ?? "",
      deploymentName: deploymentOptions?.deploymentName ?? "",
      buildId: deploymentOptions?.buildId ?? "",
    }));
  });
  return (await Promise.all(lookups)).flat();
}

/** The number of worker processes of each queue. */
export function countWorkers(pollers: readonly QueuePoller[]): Record<QueueName, number> {
  const count = (queue: QueueName) =>
    new Set(pollers.filter((poller) => poller.queue === queue).map(({ identity }) => identity)).size;
  return { main: count("main"), model: count("model"), delivery: count("delivery"), batch: count("batch") };
}
