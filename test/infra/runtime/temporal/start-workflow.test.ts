import { Context } from "@temporalio/activity";
import { ApplicationFailure, type Priority } from "@temporalio/common";
import { expect, it } from "vitest";
import type { ModelCallPlace } from "../../../../workflows/types.ts";
import { openMessageWorkers } from "../../../support/activities/open-message-workers.ts";

it("the model call and the sends of a message have the fairness key of the tenant, and a model call on the main queue has none", async () => {
  const seen: Record<string, Priority | undefined> = {};
  const note = () => (seen[Context.current().info.taskQueue] = Context.current().info.priority);
  let modelCall: ModelCallPlace = "model_queue";
  const workers = await openMessageWorkers({
    activities: (steps) => ({
      admit: async (input) => ({ ...(await steps.admit(input)), modelCall }),
      async generate(step) {
        note();
        return await steps.generate(step);
      },
      /** The first send fails, so that the next one goes over the queue. */
      async deliver(step) {
        if (Context.current().info.isLocal) throw ApplicationFailure.nonRetryable("the line is down");
        note();
        return await steps.deliver(step);
      },
    }),
  });
  const { main, model, delivery } = workers.names;
  const answerOne = async (workflowId: string) => {
    await workers.start(workflowId, "acme");
    await workers.client.workflow.getHandle(workflowId).result();
  };
  await answerOne(main);
  const travelled = new Set(Object.keys(seen));
  modelCall = "main_queue";
  await answerOne(`${main}-second`);
  await workers.close();
  expect(travelled).toEqual(new Set([model, delivery]));
  expect(Object.keys(seen)).toContain(main);
  expect(seen).toMatchObject({ [model]: { fairnessKey: "acme" }, [delivery]: { fairnessKey: "acme" } });
});
