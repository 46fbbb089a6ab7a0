import type { MessageActivities } from "../../activities/contract.ts";

/** The steps without their work: what is left is what the engine costs. `modelMs` is how long the model takes. */
export function noOpActivities({
  modelMs,
}: {
  modelMs: number;
}): MessageActivities & { store(): Promise<void> } {
  return {
    store: async () => undefined,
    admit: async () => ({
      kind: "turn",
      turnId: "00000000-0000-4000-8000-000000000000",
      plan: "answer",
      messages: 1,
    }),
    retrieve: async () => ({
      promptVersion: "bench",
      indexVersion: "bench",
      models: {
        full: "none",
        smaller: "none",
      },
      passages: [],
      degraded: [],
      paidRungs: true,
    }),
    async generate({ rung }) {
      if (modelMs > 0) await new Promise((resolve) => setTimeout(resolve, modelMs));
      return { rung, model: "none", inputTokens: 0, outputTokens: 0, costUsd: 0 };
    },
    screen: async () => ({ verdict: "pass", parts: 1 }),
    record: async () => ({ parts: 1 }),
    deliver: async () => ({ outcome: "answered", reason: null, more: false }),
  };
}
