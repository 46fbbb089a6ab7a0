import { Context } from "@temporalio/activity";
import type { LocalCalls } from "../../../../../activities/answer/model/local-calls.ts";
import type { MessageActivities } from "../../../../../activities/contract.ts";
import type { MessageInput } from "../../../../../workflows/types.ts";
import { STEP_NAMES, type Steps } from "../steps.ts";

/**
 * The activities of the shipped workflow without their work, and the activities of the two other shapes. With `localCalls` the model is
 * called as in the product.
 */
export function noOpActivities(
  steps: Steps,
  localCalls?: LocalCalls,
): MessageActivities & {
  store(input: MessageInput): Promise<void>;
  merged(input: MessageInput): Promise<void>;
} {
  return {
    async store({ providerMessageId }) {
      await steps.run("store", providerMessageId);
    },
    async merged({ providerMessageId }) {
      for (const step of STEP_NAMES) await steps.run(step, providerMessageId);
    },
    storeInlined: async () => ({ kind: "stored", quietMs: 0 }),
    async admit({ providerMessageId }) {
      const { turnId } = await steps.run("admit", providerMessageId);
      // The workers of this process serve all queues, as in a small installation.
      return { kind: "turn", turnId, plan: "answer", messages: 1, modelCall: "local" };
    },
    async retrieve({ turnId }) {
      await steps.run("retrieve", turnId);
      return {
        promptVersion: "bench",
        indexVersion: "bench",
        models: { full: "none", smaller: "none" },
        passages: [],
        degraded: [],
        paidTiers: true,
      };
    },
    async generate({ turnId, tier }) {
      const { info, cancellationSignal: cancellation } = Context.current();
      const callModel = async () => await steps.run("generate", turnId);
      const call = { id: `${turnId} ${tier}`, attempt: info.attempt, cancellation };
      await (info.isLocal && localCalls !== undefined ? localCalls.run(call, callModel) : callModel());
      return { tier, model: "none", inputTokens: 0, outputTokens: 0, costUsd: 0 };
    },
    async screen({ turnId }) {
      await steps.run("screen", turnId);
      return { verdict: "pass", parts: 1 };
    },
    async record({ turnId }) {
      await steps.run("record", turnId);
      return { parts: 1 };
    },
    async deliver({ turnId }) {
      await steps.run("deliver", turnId);
      return { outcome: "answered", reason: null, more: false };
    },
    deadLetterTurn: async ({ reason }) => ({ outcome: "failed", reason, more: false }),
  };
}
