import { fileURLToPath } from "node:url";
import { Client } from "@temporalio/client";
import { Worker } from "@temporalio/worker";
import { buildWorkflowBundle } from "../../../../../infra/runtime/temporal/workflow-bundle.ts";
import type { OpenContestant } from "./contestant.ts";
import { noOpActivities } from "./no-op-activities.ts";
import { connectWithoutLog } from "../servers/quiet-runtime.ts";

/** Another shape of the same work with the default settings of the SDK of Temporal: no codec and no eager start. */
export function openSdkShape(shape: "naive" | "merged"): OpenContestant {
  return async ({ temporalAddress: address }, steps) => {
    const connection = await connectWithoutLog({ address });
    const entry = fileURLToPath(new URL(`./workflows/${shape}.ts`, import.meta.url));
    const taskQueue = `bench-${shape}`;
    const worker = await Worker.create({
      connection,
      namespace: "default",
      taskQueue,
      workflowBundle: await buildWorkflowBundle(entry),
      activities: noOpActivities(steps),
    });
    const run = worker.run();
    const { workflow } = new Client({ connection, namespace: "default" });
    const workflowId = (id: string) => `${shape}-${id}`;
    return {
      handle: (id) =>
        workflow.start("message", {
          workflowId: workflowId(id),
          taskQueue,
          args: [{ channel: "webhook", accountId: "bench", tenantId: "bench", providerMessageId: id }],
        }),
      settle: (ids) => Promise.all(ids.slice(-100).map((id) => workflow.getHandle(workflowId(id)).result())),
      async close() {
        worker.shutdown();
        await run;
      },
    };
  };
}
