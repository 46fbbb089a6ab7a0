import type { Client } from "@temporalio/client";
import { listPollers, type QueueName } from "../../runtime/temporal/queue-pollers.ts";

interface PollerScope {
  namespace: string;
  deploymentName: string;
  taskQueue: string;
}

/** The workers of a deployment that poll now, by version and queue. */
export async function readPollers(client: Client, { deploymentName, ...scope }: PollerScope) {
  const all = await listPollers(client.workflowService, scope);
  const found = all.filter((poller) => poller.deploymentName === deploymentName);
  return {
    /** The number of processes of this version. */
    count(buildId: string): number {
      const of = found.filter((poller) => poller.buildId === buildId);
      return new Set(of.map(({ identity }) => identity)).size;
    },
    serves: (buildId: string, queue: QueueName) =>
      found.some((poller) => poller.buildId === buildId && poller.queue === queue),
  };
}
