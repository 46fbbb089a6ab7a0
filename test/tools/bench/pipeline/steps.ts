/** What happens to one message, in order; every contestant keeps these seven names where it keeps anything. */
export const STEP_NAMES = ["store", "admit", "retrieve", "generate", "screen", "record", "deliver"] as const;
export type StepName = (typeof STEP_NAMES)[number];

/** Ids and numbers, as ours return them: what a contestant has to save of a step. */
export interface StepResult {
  step: StepName;
  turnId: string;
}

export type Steps = ReturnType<typeof createSteps>;

/** Steps without their work: what is left is what the contestant costs. */
export function createSteps() {
  const waiting = new Map<string, () => void>();
  let modelMs = 0;
  return {
    /** How long `generate` waits for its model from now on. */
    setModelMs(ms: number): void {
      modelMs = ms;
    },
    async run(step: StepName, id: string): Promise<StepResult> {
      if (step === "generate" && modelMs > 0) await new Promise((resolve) => setTimeout(resolve, modelMs));
      if (step === "deliver") waiting.get(id)?.();
      return { step, turnId: id };
    },
    /** Resolves when the answer of this message has left: the moment that a person feels, whoever does the work. */
    async delivered(id: string): Promise<void> {
      await new Promise<void>((resolve) => waiting.set(id, resolve));
      waiting.delete(id);
    },
  };
}
