import {
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  TemporalFailure,
  workflowInfo,
} from "@temporalio/workflow";
import type {
  BatchActivities,
  EventActivities,
  MessageActivities,
  OutboundActivities,
} from "../activities/contract.ts";
import { type Tier, taskQueues } from "./names.ts";
import {
  EVENT_SEND,
  FIRST_SEND,
  FALLBACK_MODEL_CALL,
  INDEX_BATCH,
  MODEL_CALL,
  RETRYING_SEND,
  SHORT_STEP,
} from "./policies.ts";

/** The six steps as the workflow calls them; how each travels (local or over a queue) is decided here alone. */
export type MessageSteps = MessageActivities;

const FREE_TIERS: ReadonlySet<Tier> = new Set(["cached_answer", "fixed_text"]);

/** The shape that was measured to cost least while an operator still reads six names: see docs/architecture.md. */
export function messageSteps(): MessageSteps {
  const queues = taskQueues(workflowInfo().taskQueue);
  let modelQueue = queues.model;
  const optimistic = proxyLocalActivities<MessageActivities>({ ...FIRST_SEND, summary: "· first send" });
  const retrying = proxyActivities<MessageActivities>({
    ...RETRYING_SEND,
    taskQueue: queues.delivery,
    summary: "· send on the schedule of the channel",
  });

  return {
    admit: shortStep("· turn, consent, rate, budget").admit,
    /** What it says of the worker stands in the history, so that a replay sends the model call the same way. */
    async retrieve(step) {
      const route = await shortStep("· transcript and passages, masked").retrieve(step);
      // On the worker's own queue the call comes back with the answer to this task and travels over none.
      modelQueue = route.modelOnMainQueue === true ? queues.main : queues.model;
      return route;
    },
    screen: shortStep("· leaks and policy, masks undone").screen,
    record: shortStep("· reply, cost, delivery rows").record,
    generate(step) {
      const summary = `· ${step.tier.replaceAll("_", " ")}`;
      if (FREE_TIERS.has(step.tier)) return shortStep(summary).generate(step);
      const call = step.tier === "full_context" ? MODEL_CALL : FALLBACK_MODEL_CALL;
      return proxyActivities<MessageActivities>({ ...call, taskQueue: modelQueue, summary }).generate(step);
    },
    deadLetterTurn: shortStep("· permanent failure").deadLetterTurn,
    /** Any trouble with the first attempt goes the long way: the delivery rows remember what was sent. */
    async deliver(step) {
      try {
        return await optimistic.deliver(step);
      } catch (error) {
        // A local activity's failure comes bare, without the ActivityFailure that wraps a normal one's.
        if (!(error instanceof TemporalFailure) || isCancellation(error)) throw error;
        return await retrying.deliver(step);
      }
    },
  };
}

/** The steps of turns that answer no inbound message. */
export function outboundSteps(): OutboundActivities {
  const step = (words: string) =>
    proxyLocalActivities<OutboundActivities>({ ...SHORT_STEP, summary: `· ${words}` });
  return {
    repair: step("what a late failure means").repair,
    endHandoff: step("whether an agent took over").endHandoff,
  };
}

/** The one step of an outgoing event. */
export function eventSteps(): EventActivities {
  const taskQueue = taskQueues(workflowInfo().taskQueue).delivery;
  return proxyActivities<EventActivities>({ ...EVENT_SEND, taskQueue, summary: "· signed post" });
}

/** The steps of batch jobs, on a queue of their own. */
export function batchSteps(): BatchActivities {
  const taskQueue = taskQueues(workflowInfo().taskQueue).batch;
  const step = (words: string) =>
    proxyActivities<BatchActivities>({ ...INDEX_BATCH, taskQueue, summary: `· ${words}` });
  return {
    embedMissingChunks: step("a batch of chunks").embedMissingChunks,
    promoteIndex: step("promote the index").promoteIndex,
  };
}

/** The summary stands beside the step in the Temporal UI; it passes the codec in clear, so it is words alone. */
function shortStep(summary: string) {
  return proxyLocalActivities<MessageActivities>({ ...SHORT_STEP, summary });
}
