import { ActivityFailure, proxyActivities, proxyLocalActivities, workflowInfo } from "@temporalio/workflow";
import type { MessageActivities } from "../activities/contract.ts";
import { type Rung, taskQueues } from "./names.ts";
import { FIRST_SEND, HURRIED_MODEL_CALL, MODEL_CALL, PATIENT_SEND, SHORT_STEP } from "./policies.ts";

/** The six steps as the workflow calls them; how each travels (local or over a queue) is decided here alone. */
export type MessageSteps = MessageActivities;

const FREE_RUNGS: ReadonlySet<Rung> = new Set(["cached_answer", "canned_text"]);

/** The shape that was measured to cost least while an operator still reads six names: see docs/architecture.md. */
export function messageSteps(): MessageSteps {
  const queues = taskQueues(workflowInfo().taskQueue);
  const short = proxyLocalActivities<MessageActivities>(SHORT_STEP);
  const first = proxyActivities<MessageActivities>({ ...MODEL_CALL, taskQueue: queues.model });
  const hurried = proxyActivities<MessageActivities>({ ...HURRIED_MODEL_CALL, taskQueue: queues.model });
  const optimistic = proxyLocalActivities<MessageActivities>(FIRST_SEND);
  const patient = proxyActivities<MessageActivities>({ ...PATIENT_SEND, taskQueue: queues.delivery });

  return {
    admit: short.admit,
    retrieve: short.retrieve,
    screen: short.screen,
    record: short.record,
    generate(step) {
      if (FREE_RUNGS.has(step.rung)) return short.generate(step);
      return step.rung === "full_context" ? first.generate(step) : hurried.generate(step);
    },
    /** Any trouble with the first attempt goes the long way: the delivery rows remember what was sent. */
    async deliver(step) {
      try {
        return await optimistic.deliver(step);
      } catch (error) {
        if (!(error instanceof ActivityFailure)) throw error;
        return await patient.deliver(step);
      }
    },
  };
}
