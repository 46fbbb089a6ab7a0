import type { Client } from "@temporalio/client";
import { taskQueues } from "../../../../workflows/names.ts";
import type { FaultSandbox } from "../open-fault-sandbox.ts";

export type QueueName = keyof ReturnType<typeof taskQueues>;
/** `temporal.api.enums.v1.TaskQueueType`. */
const KINDS = { workflow: 1, activity: 2 } as const;

/** Resolves when `count` processes poll the queue. A worker that has only started does no work yet. */
async function awaitPollers(
  { config }: Pick<FaultSandbox, "config">,
  temporal: Client,
  { queue, count, withinMs = 60_000 }: { queue: QueueName; count: number; withinMs?: number },
): Promise<void> {
  const name = taskQueues(config.PARLEY_TASK_QUEUE)[queue];
  const kind = queue === "main" ? "workflow" : "activity";
  for (const deadline = Date.now() + withinMs; ;) {
    const found = await countPollers(temporal, { name, kind, namespace: config.TEMPORAL_NAMESPACE }).catch(
      () => 0,
    );
    if (found >= count) return;
    if (Date.now() > deadline) throw new Error(`${found} of ${count} workers poll the queue ${name}.`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Waits until `count` workers poll each queue. Call it before a load. */
export async function awaitWorkers(
  faultSandbox: Pick<FaultSandbox, "config">,
  temporal: Client,
  count = 1,
): Promise<void> {
  for (const queue of ["main", "model"] as const)
    await awaitPollers(faultSandbox, temporal, { queue, count });
}

async function countPollers(
  temporal: Client,
  { name, kind, namespace }: { name: string; kind: keyof typeof KINDS; namespace: string },
): Promise<number> {
  const described = await temporal.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name },
    taskQueueType: KINDS[kind],
  });
  return new Set((described.pollers ?? []).map(({ identity }) => identity)).size;
}
