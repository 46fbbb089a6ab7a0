import {
  ApplicationFailure,
  CancellationScope,
  defineSignal,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  TemporalFailure,
  workflowInfo,
} from "@temporalio/workflow";
import type {
  BatchActivities,
  EventActivities,
  MessageActivities,
  OutboundActivities,
  TierStep,
} from "../activities/contract.ts";
import { FAILURES } from "./failures.ts";
import { RETRY_NOW_SIGNAL, type Tier, taskQueues } from "./names.ts";
import { poisonReason } from "./poison.ts";
import {
  EVENT_SEND,
  FIRST_SEND,
  FALLBACK_MODEL_CALL,
  INDEX_BATCH,
  LOCAL_FALLBACK_MODEL_CALL,
  LOCAL_MODEL_CALL,
  MODEL_CALL,
  RETRYING_SEND,
  SHORT_STEP,
  STORE_INLINED,
  WAKES_PER_RUN,
} from "./policies.ts";
import type { GenerateResult, ModelCallPlace } from "./types.ts";

/** The steps as the workflow calls them. Only this file decides whether a step is a local activity or goes over a queue. */
export interface MessageSteps extends Omit<MessageActivities, "generate"> {
  generate(step: TierStep, place: ModelCallPlace): Promise<GenerateResult>;
}

const FREE_TIERS: ReadonlySet<Tier> = new Set(["cached_answer", "fixed_text"]);

/**
 * Of the shapes that show six named steps to an operator, this one cost least when measured: see docs/architecture.md. `beginNewRun`
 * continues the workflow as new.
 */
export function messageSteps(beginNewRun: () => Promise<never>): MessageSteps {
  const queues = taskQueues(workflowInfo().taskQueue);
  const optimistic = proxyLocalActivities<MessageActivities>({ ...FIRST_SEND, summary: "· first send" });
  const retrying = proxyActivities<MessageActivities>({
    ...RETRYING_SEND,
    taskQueue: queues.delivery,
    summary: "· send on the schedule of the channel",
  });

  async function generateOnQueue(
    step: TierStep,
    place: Exclude<ModelCallPlace, "local">,
    summary: string,
  ): Promise<GenerateResult> {
    const call = step.tier === "full_context" ? MODEL_CALL : FALLBACK_MODEL_CALL;
    // On its own queue a worker gets the call in the response to this workflow task, without a poll of another queue.
    const taskQueue = place === "main_queue" ? queues.main : queues.model;
    return await proxyActivities<MessageActivities>({ ...call, taskQueue, summary }).generate(step);
  }

  return {
    storeInlined: proxyLocalActivities<MessageActivities>({
      ...STORE_INLINED,
      summary: "· message from the start",
    }).storeInlined,
    admit: shortStep("· turn, consent, rate, budget").admit,
    retrieve: shortStep("· transcript and passages, masked").retrieve,
    screen: shortStep("· leaks and policy, masks undone").screen,
    record: shortStep("· reply, cost, delivery rows").record,
    async generate(step, place) {
      const summary = `· ${step.tier.replaceAll("_", " ")}`;
      if (FREE_TIERS.has(step.tier)) return await shortStep(summary).generate(step);
      if (place !== "local") return await generateOnQueue(step, place, summary);
      try {
        const call = step.tier === "full_context" ? LOCAL_MODEL_CALL : LOCAL_FALLBACK_MODEL_CALL;
        const local = proxyLocalActivities<MessageActivities>({ ...call, summary: `${summary}, local` });
        return await local.generate(step);
      } catch (error) {
        if (!isMoved(error)) throw error;
        return await generateOnQueue(step, "model_queue", summary);
      }
    },
    deadLetterTurn: shortStep("· permanent failure").deadLetterTurn,
    /** After any failure of the first attempt the step retries over the queue. The delivery rows record which parts were sent. */
    async deliver(step) {
      try {
        return await optimistic.deliver(step);
      } catch (error) {
        if (!(error instanceof TemporalFailure) || isCancellation(error)) throw error;
        // The reply was lost: no attempt can send it before it is recorded again.
        if (poisonReason(error) !== null) throw error;
        return await retryUntilWoken(async () => await retrying.deliver(step), beginNewRun);
      }
    },
  };
}

/** A local activity throws its failure without the ActivityFailure around it. */
function isMoved(error: unknown): boolean {
  return error instanceof ApplicationFailure && error.type === FAILURES.modelCallMoved;
}

const retryNow = defineSignal(RETRY_NOW_SIGNAL);

/**
 * Temporal waits between the attempts of the step, up to hours. After the signal the step is scheduled again, and reads its time from the
 * row. An attempt that is under way goes on: the cancellation ends only the wait, and the result of the attempt counts. Each wake adds about
 * ten events to the history, so after a few of them a new run goes on from the rows.
 */
async function retryUntilWoken<Result>(
  schedule: () => Promise<Result>,
  beginNewRun: () => Promise<never>,
): Promise<Result> {
  let wake = (): void => undefined;
  setHandler(retryNow, () => wake());
  for (let wakes = 0; wakes < WAKES_PER_RUN; wakes++) {
    const scope = new CancellationScope();
    let isWoken = false;
    wake = () => {
      isWoken = true;
      scope.cancel();
    };
    try {
      return await scope.run(schedule);
    } catch (error) {
      if (!isWoken || poisonReason(error) !== null) throw error;
    } finally {
      wake = () => undefined;
    }
  }
  return await beginNewRun();
}

/** The steps of the workflows `repair` and `handoff`. */
export function outboundSteps(): OutboundActivities {
  const step = (words: string) =>
    proxyLocalActivities<OutboundActivities>({ ...SHORT_STEP, summary: `· ${words}` });
  return {
    repair: step("handling of a late failure").repair,
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

/** The Temporal UI shows the summary next to the step. It is not encrypted, so it holds no data. */
function shortStep(summary: string) {
  return proxyLocalActivities<MessageActivities>({ ...SHORT_STEP, summary });
}
