import type { Client } from "@temporalio/client";
import { taskQueues } from "../../../workflows/names.ts";

interface PollerScope {
  namespace: string;
  deploymentName: string;
  taskQueue: string;
}

/** Temporal's values of `TaskQueueType`. Only the main queue has workflow tasks. */
const WORKFLOW_TASKS = 1;
const ACTIVITY_TASKS = 2;
/** A worker polls at least this often, ms: Temporal keeps a poll open for at most a minute. */
const RECENT_MS = 70_000;

/** The workers of a deployment that poll now, by version and queue. */
export async function readPollers(client: Client, { namespace, deploymentName, taskQueue }: PollerScope) {
  const { main, model, delivery, batch } = taskQueues(taskQueue);
  const lookups = [main, model, delivery, batch].map(async (queue) => {
    const { pollers } = await client.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: queue },
      taskQueueType: queue === main ? WORKFLOW_TASKS : ACTIVITY_TASKS,
    });
    return (pollers ?? []).flatMap(({ identity, deploymentOptions, lastAccessTime }) => {
      const isOurs = deploymentOptions?.deploymentName === deploymentName;
      const at = Number(lastAccessTime?.seconds ?? 0) * 1_000;
      if (!isOurs || at < Date.now() - RECENT_MS) return [];
      return { queue, identity: identity ?? "", buildId: deploymentOptions?.buildId ?? "" };
    });
  });
  const found = (await Promise.all(lookups)).flat();
  return {
    /** The number of processes of this version. */
    count(buildId: string): number {
      const of = found.filter((poller) => poller.buildId === buildId);
      return new Set(of.map(({ identity }) => identity)).size;
    },
    serves: (buildId: string, queue: string) =>
      found.some((poller) => poller.buildId === buildId && poller.queue === queue),
  };
}
