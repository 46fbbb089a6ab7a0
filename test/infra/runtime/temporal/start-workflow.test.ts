import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { Context } from "@temporalio/activity";
import { ApplicationFailure, type Priority } from "@temporalio/common";
import { DefaultLogger, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { expect, inject, it } from "vitest";
import { loadConfig } from "../../../../infra/runtime/config/config.ts";
import { startWorkflow } from "../../../../infra/runtime/temporal/start-workflow.ts";
import {
  createDataConverter,
  createTemporalClient,
  temporalConnectionOptions,
  temporalSettings,
} from "../../../../infra/runtime/temporal/temporal-client.ts";
import { buildWorkflowBundle } from "../../../../infra/runtime/temporal/workflow-bundle.ts";
import { taskQueues, WORKFLOW_TYPE } from "../../../../workflows/names.ts";
import { noOpActivities } from "../../../tools/bench/pipeline/contestants/no-op-activities.ts";
import { createSteps } from "../../../tools/bench/pipeline/steps.ts";

const WORKFLOWS = fileURLToPath(new URL("../../../../workflows/index.ts", import.meta.url));

it("the model call and the sends of a message have the fairness key of the tenant, and a model call on the main queue has none", async () => {
  Runtime.install({ logger: new DefaultLogger("ERROR"), shutdownSignals: [] });
  const config = loadConfig(inject("sandboxEnv"));
  const settings = temporalSettings(config);
  const connection = await NativeConnection.connect(temporalConnectionOptions(settings));
  const client = createTemporalClient(connection, settings, config.PARLEY_ENCRYPTION_KEYS);
  const taskQueue = `fair-${randomUUID()}`;
  const queues = taskQueues(taskQueue);
  const seen: Record<string, Priority | undefined> = {};
  const note = () => (seen[Context.current().info.taskQueue] = Context.current().info.priority);
  const steps = noOpActivities(createSteps());
  let servesModelQueue = false;
  const activities = {
    ...steps,
    async admit(input: Parameters<typeof steps.admit>[0]) {
      return { ...(await steps.admit(input)), worker: { servesModelQueue } };
    },
    async generate(step: Parameters<typeof steps.generate>[0]) {
      note();
      return await steps.generate(step);
    },
    /** The first send fails, so that the next one goes over the queue. */
    async deliver(step: Parameters<typeof steps.deliver>[0]) {
      if (Context.current().info.isLocal) throw ApplicationFailure.nonRetryable("the line is down");
      note();
      return await steps.deliver(step);
    },
  };
  const shared = {
    connection,
    namespace: settings.namespace,
    dataConverter: createDataConverter(config.PARLEY_ENCRYPTION_KEYS),
    activities,
  };
  const workers = await Promise.all([
    Worker.create({ ...shared, taskQueue, workflowBundle: await buildWorkflowBundle(WORKFLOWS) }),
    Worker.create({ ...shared, taskQueue: queues.model }),
    Worker.create({ ...shared, taskQueue: queues.delivery }),
  ]);
  const runs = workers.map((worker) => worker.run());
  const answerOne = async (workflowId: string) => {
    await startWorkflow(client, {
      workflowType: WORKFLOW_TYPE,
      workflowId,
      taskQueue,
      input: { channel: "webhook", accountId: "main", tenantId: "acme", providerMessageId: workflowId },
      searchAttributes: { TenantId: "acme" },
      summary: "· a message",
      startDelayMs: 0,
      eager: false,
      allowRestart: false,
      timeoutMs: 5_000,
    });
    await client.workflow.getHandle(workflowId).result();
  };
  await answerOne(taskQueue);
  const travelled = new Set(Object.keys(seen));
  servesModelQueue = true;
  await answerOne(`${taskQueue}-beside`);
  for (const worker of workers) worker.shutdown();
  await Promise.all(runs);
  await connection.close();
  expect(travelled).toEqual(new Set([queues.model, queues.delivery]));
  expect(Object.keys(seen)).toContain(queues.main);
  expect(seen).toMatchObject({
    [queues.model]: { fairnessKey: "acme" },
    [queues.delivery]: { fairnessKey: "acme" },
  });
});
