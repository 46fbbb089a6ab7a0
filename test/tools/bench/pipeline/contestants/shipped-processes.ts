import { fileURLToPath } from "node:url";
import type { Client } from "@temporalio/client";
import type { NativeConnection } from "@temporalio/worker";
import pg from "pg";
import { createLocalCalls } from "../../../../../activities/answer/model/local-calls.ts";
import { createWorkers, WORKER_QUEUES } from "../../../../../activities/worker/worker.ts";
import { startWorkflow } from "../../../../../infra/runtime/temporal/start-workflow.ts";
import {
  createDataConverter,
  createTemporalClient,
  temporalWorkerOptions,
} from "../../../../../infra/runtime/temporal/temporal-client.ts";
import { taskQueues, WORKFLOW_TYPE } from "../../../../../workflows/names.ts";
import type { ServerAddresses } from "./contestant.ts";
import { noOpActivities } from "./no-op-activities.ts";
import { connectWithoutLog } from "../servers/quiet-runtime.ts";
import type { Steps } from "../steps.ts";

const WORKFLOWS = fileURLToPath(new URL("./workflows/shipped.ts", import.meta.url));
const KEYS = [{ id: "bench", key: Buffer.alloc(32, 7) }];
const NAMESPACE = "default";

export interface TemporalEnd {
  connection: NativeConnection;
  client: Client;
  queues: ReturnType<typeof taskQueues>;
}

export async function connectShipped(
  { temporalAddress: address }: ServerAddresses,
  taskQueue: string,
): Promise<TemporalEnd> {
  const settings = { address, namespace: NAMESPACE };
  const connection = await connectWithoutLog(temporalWorkerOptions(settings));
  const client = createTemporalClient(connection, settings, KEYS);
  return { connection, client, queues: taskQueues(taskQueue) };
}

/** Starts the workers of the product with its settings and with empty steps. Returns a function that stops them. */
export async function runShippedWorkers(
  { connection, queues }: TemporalEnd,
  steps: Steps,
): Promise<() => Promise<void>> {
  // As in the product, the tasks that wait for a model do not use up the slots.
  const localCalls = createLocalCalls();
  const shared = {
    connection,
    namespace: NAMESPACE,
    dataConverter: createDataConverter(KEYS),
    activities: noOpActivities(steps, localCalls),
  };
  const workers = await createWorkers(WORKER_QUEUES, {
    shared,
    names: queues,
    workflows: WORKFLOWS,
    waiting: localCalls.waiting,
  });
  const runs = workers.map((worker) => worker.run());
  return async () => {
    for (const worker of workers) worker.shutdown();
    await Promise.allSettled(runs);
    localCalls.close();
  };
}

/** The work of the ingress for a message: a row in PostgreSQL, then the start of the workflow as in the product. */
export async function openShippedIngress(
  { databaseUrl }: ServerAddresses,
  {
    temporal,
    eager,
    quietMs = 0,
    steps,
  }: { temporal: TemporalEnd; eager: boolean; quietMs?: number; steps: Steps },
) {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  await pool.query("CREATE TABLE IF NOT EXISTS inbox (id text PRIMARY KEY)");
  const workflowId = (id: string) => `msg:webhook/bench:${id}`;
  return {
    async take(id: string): Promise<void> {
      await pool.query({ name: "store", text: "INSERT INTO inbox VALUES ($1)", values: [id] });
      await steps.run("store", id);
      await startWorkflow(temporal.client, {
        workflowType: WORKFLOW_TYPE,
        workflowId: workflowId(id),
        taskQueue: temporal.queues.main,
        timeoutMs: 60_000,
        startDelayMs: quietMs,
        allowRestart: false,
        searchAttributes: { TenantId: "bench", Channel: "webhook" },
        summary: "· benchmark",
        eager,
        input: { channel: "webhook", accountId: "bench", tenantId: "bench", providerMessageId: id },
      });
    },
    result: (id: string) => temporal.client.workflow.getHandle(workflowId(id)).result(),
    close: () => pool.end(),
  };
}
