import { fileURLToPath } from "node:url";
import { eventually } from "../../../support/eventually.ts";
import { type Scenario, runTimes, type ScenarioContext, withFaults } from "../scenario.ts";

const PARLEY = fileURLToPath(new URL("../../../../infra/cli/parley.ts", import.meta.url));
const NAME = "second worker";
/** A call that has begun gets 60 % of it. */
const GRACE_MS = 2_000;
/** Longer than that time. */
const SLOW = { match: { path: "/v1/responses" }, times: null, fault: { delay_ms: 8_000 } };
/** Both workers get some of them. */
const MESSAGES = 12;
/** Of the type of a task queue. */
const WORKFLOW_TASKS = 1;

/** Model calls in the tasks of a worker that ends. They move to the queue for models. */
export const movedCalls: Scenario = {
  name: "model calls of a worker that shuts down",
  async run(context) {
    const { parley, sandbox, newPhoneNumber, awaitEnds } = context;
    await startSecondWorker(context);
    await withFaults(parley.openai, [SLOW], async () => {
      // After a quiet window any worker may get the first task. The worker of this process gets every task without one.
      const sent = await runTimes(MESSAGES, () =>
        parley.sendSms({ from: newPhoneNumber(), text: "Can I return a pump?" }),
      );
      await eventually(
        "a call of each message",
        async () => (parley.openai.faults.list()[0]?.fired ?? 0) >= MESSAGES,
      );
      await sandbox.end(NAME, "SIGTERM");
      await awaitEnds(sent.map(({ sid }) => sid));
    });
  },
};

async function startSecondWorker({ parley, sandbox }: ScenarioContext): Promise<void> {
  await sandbox.start({
    name: NAME,
    command: process.execPath,
    args: [PARLEY, "worker"],
    env: { ...parley.env, SHUTDOWN_GRACE_MS: String(GRACE_MS), LOG_LEVEL: "warn" },
    isReady: async () => (await countWorkers(parley)) > 1,
  });
}

async function countWorkers({ config, temporal }: ScenarioContext["parley"]): Promise<number> {
  const described = await temporal?.workflowService.describeTaskQueue({
    namespace: config.TEMPORAL_NAMESPACE,
    taskQueue: { name: config.PARLEY_TASK_QUEUE },
    taskQueueType: WORKFLOW_TASKS,
  });
  return new Set(described?.pollers?.map(({ identity }) => identity)).size;
}
