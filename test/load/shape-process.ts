import { fileURLToPath } from "node:url";
import { NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { createDataConverter, temporalClient } from "../../infra/runtime/temporal.ts";
import { startWorkflow } from "../../infra/runtime/start-workflow.ts";
import { withLeanWorkflowThreads } from "../../infra/runtime/workflow-threads.ts";
import { workflowBundle } from "../../infra/runtime/workflow-bundle.ts";
import { taskQueues } from "../../workflows/names.ts";
import { noOpActivities } from "./no-op-activities.ts";

export type ShapeName = "shipped" | "naive";

/** One order: run so many messages, at most so many at once, one every so many ms. */
export interface LoadOrder {
  messages: number;
  inFlight: number;
  everyMs: number;
}

export interface LoadResult {
  elapsedMs: number;
  latenciesMs: number[];
}

/**
 * A child of the benchmark: the workers of one shape with the load in the same process, as in a small install, so that the shipped
 * shape may start eagerly. Orders come in as messages, results go out.
 */
const [shape, address, taskQueue] = process.argv.slice(2) as [ShapeName, string, string];
const keys = [{ id: "bench", key: Buffer.alloc(32, 7) }];
Runtime.install({
  shutdownSignals: [],
  logger: { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} },
});
const connection = await NativeConnection.connect({ address });
const client = temporalClient(connection, { address, namespace: "default" }, keys);
const queues = taskQueues(taskQueue);
const entry = fileURLToPath(new URL(`./workflows/${shape}.ts`, import.meta.url));
const shared = {
  connection,
  namespace: "default",
  dataConverter: createDataConverter(keys),
  activities: noOpActivities({ modelMs: 0 }),
};
const main = { ...shared, taskQueue: queues.main, workflowBundle: await workflowBundle(entry) };
const tuned = { nonStickyToStickyPollRatio: 0.6, maxCachedWorkflows: 600 };
const createWorkers = () =>
  Promise.all([
    Worker.create(shape === "shipped" ? { ...main, ...tuned } : main),
    Worker.create({ ...shared, taskQueue: queues.model }),
  ]);
// The naive shape is the SDK as it comes.
const workers = await (shape === "shipped"
  ? withLeanWorkflowThreads(createWorkers, () => process.exit(70))
  : createWorkers());
const runs = workers.map((worker) => worker.run());

let count = 0;
async function one(): Promise<number> {
  const begin = performance.now();
  const providerMessageId = `bench-${process.pid}-${count++}`;
  const workflowId = `msg:${shape}:${providerMessageId}`;
  await startWorkflow(client, {
    workflowType: "message",
    workflowId,
    taskQueue: queues.main,
    timeoutMs: 2e4,
    startDelayMs: 0,
    again: false,
    searchAttributes: {
      TenantId: "bench",
      Channel: "webhook",
    },
    summary: "· benchmark",
    eager: shape === "shipped",
    input: {
      channel: "webhook",
      accountId: "bench",
      tenantId: "bench",
      providerMessageId,
    },
  });
  await client.workflow.getHandle(workflowId).result();
  return performance.now() - begin;
}

async function load({ messages, inFlight, everyMs }: LoadOrder): Promise<LoadResult> {
  const latenciesMs: number[] = [];
  const begin = performance.now();
  let next = 0;
  const lane = async () => {
    for (let i = next++; i < messages; i = next++) {
      // Open loop: a message has its time, however long the one before takes.
      const wait = everyMs * i - (performance.now() - begin);
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      latenciesMs.push(await one());
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return { elapsedMs: performance.now() - begin, latenciesMs };
}

process.on("message", (order: LoadOrder | "end") => {
  if (order === "end") {
    for (const worker of workers) worker.shutdown();
    void Promise.allSettled(runs).then(() => process.exit(0));
  } else {
    void load(order).then((result) => process.send?.(result));
  }
});
process.send?.("ready");
