import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { DefaultLogger, NativeConnection, Runtime } from "@temporalio/worker";
import { inject } from "vitest";
import type { MessageActivities } from "../../../activities/contract.ts";
import type { WaitingTasks } from "../../../activities/answer/model/local-calls.ts";
import { createWorkers } from "../../../activities/worker/worker.ts";
import { loadConfig } from "../../../infra/runtime/config/config.ts";
import { startWorkflow } from "../../../infra/runtime/temporal/start-workflow.ts";
import {
  createDataConverter,
  createTemporalClient,
  temporalWorkerOptions,
  temporalSettings,
} from "../../../infra/runtime/temporal/temporal-client.ts";
import { taskQueues, WORKFLOW_TYPE } from "../../../workflows/names.ts";
import { noOpActivities } from "../../tools/bench/pipeline/contestants/no-op-activities.ts";
import { createSteps } from "../../tools/bench/pipeline/steps.ts";

const WORKFLOWS = fileURLToPath(new URL("../../../workflows/index.ts", import.meta.url));

/** Workers of the message workflow with its settings, on queues of their own. The activities do nothing apart from those that are given. */
export async function openMessageWorkers(options: {
  activities(steps: MessageActivities): Partial<MessageActivities>;
  waiting?: WaitingTasks;
}) {
  Runtime.install({ logger: new DefaultLogger("ERROR"), shutdownSignals: [] });
  const config = loadConfig(inject("sandboxEnv"));
  const settings = temporalSettings(config);
  const connection = await NativeConnection.connect(temporalWorkerOptions(settings));
  const client = createTemporalClient(connection, settings, config.PARLEY_ENCRYPTION_KEYS);
  const names = taskQueues(`steps-${randomUUID()}`);
  const steps = noOpActivities(createSteps());
  const shared = {
    connection,
    namespace: settings.namespace,
    dataConverter: createDataConverter(config.PARLEY_ENCRYPTION_KEYS),
    activities: { ...steps, ...options.activities(steps) },
  };
  const workers = await createWorkers(["main", "model", "delivery"], {
    shared,
    names,
    workflows: WORKFLOWS,
    ...(options.waiting === undefined ? {} : { waiting: options.waiting }),
  });
  const runs = workers.map((worker) => worker.run());
  return {
    client,
    names,
    /** Starts the workflow of a message; the message id is the workflow id. */
    async start(workflowId: string, tenantId: string): Promise<void> {
      await startWorkflow(client, {
        workflowType: WORKFLOW_TYPE,
        workflowId,
        taskQueue: names.main,
        input: { channel: "webhook", accountId: "main", tenantId, providerMessageId: workflowId },
        searchAttributes: { TenantId: tenantId },
        summary: "· a message",
        startDelayMs: 0,
        eager: false,
        allowRestart: false,
        timeoutMs: 5_000,
      });
    },
    async close(): Promise<void> {
      for (const worker of workers) worker.shutdown();
      await Promise.all(runs);
      await connection.close();
    },
  };
}
