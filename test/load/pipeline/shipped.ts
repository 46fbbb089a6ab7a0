import { fileURLToPath } from "node:url";
import pg from "pg";
import { createWorkers, WORKER_QUEUES } from "../../../activities/worker.ts";
import { startWorkflow } from "../../../infra/runtime/start-workflow.ts";
import { createDataConverter, temporalClient } from "../../../infra/runtime/temporal.ts";
import { taskQueues, WORKFLOW_TYPE } from "../../../workflows/names.ts";
import type { OpenContestant } from "./contestant.ts";
import { noOpActivities } from "./no-op-activities.ts";
import { connectQuietly } from "./quiet-runtime.ts";

const WORKFLOWS = fileURLToPath(new URL("./workflows/shipped.ts", import.meta.url));
const KEYS = [{ id: "bench", key: Buffer.alloc(32, 7) }];

/**
 * Ours, as a small installation runs it: the product's workflow with its workers and their settings, and an ingress in the same process,
 * which stores the message in Postgres and starts the workflow eagerly.
 */
export const openShipped: OpenContestant = async ({ temporalAddress: address, databaseUrl }, steps) => {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  await pool.query("CREATE TABLE IF NOT EXISTS inbox (id text PRIMARY KEY)");
  const connection = await connectQuietly(address);
  const client = temporalClient(connection, { address, namespace: "default" }, KEYS);
  const names = taskQueues("bench-shipped");
  const shared = {
    connection,
    namespace: "default",
    dataConverter: createDataConverter(KEYS),
    activities: noOpActivities(steps),
  };
  const workers = await createWorkers(WORKER_QUEUES, { shared, names, workflows: WORKFLOWS }, () =>
    process.exit(70),
  );
  const runs = workers.map((worker) => worker.run());
  const workflowId = (id: string) => `msg:webhook/bench:${id}`;
  return {
    async handle(id) {
      await pool.query({ name: "store", text: "INSERT INTO inbox VALUES ($1)", values: [id] });
      await steps.run("store", id);
      await startWorkflow(client, {
        workflowType: WORKFLOW_TYPE,
        workflowId: workflowId(id),
        taskQueue: names.main,
        timeoutMs: 60_000,
        startDelayMs: 0,
        again: false,
        searchAttributes: { TenantId: "bench", Channel: "webhook" },
        summary: "· benchmark",
        eager: true,
        input: { channel: "webhook", accountId: "bench", tenantId: "bench", providerMessageId: id },
      });
    },
    settle: (ids) =>
      Promise.all(ids.slice(-100).map((id) => client.workflow.getHandle(workflowId(id)).result())),
    async close() {
      for (const worker of workers) worker.shutdown();
      await Promise.allSettled(runs);
      await pool.end();
    },
  };
};
