/** The steps of one message, in order. Every contestant that stores steps uses these names. */
export const STEP_NAMES = ["store", "admit", "retrieve", "generate", "screen", "record", "deliver"] as const;
export type StepName = (typeof STEP_NAMES)[number];

/** Ids and numbers like those of the product: the result of a step that a contestant has to save. */
export interface StepResult {
  step: StepName;
  turnId: string;
}

export type Steps = ReturnType<typeof createSteps>;

/** Empty steps, so that only the cost of the contestant remains. `onDelivered` is for a worker apart from its load. */
export function createSteps(onDelivered: (id: string) => void = () => undefined) {
  const waiting = new Map<string, () => void>();
  let modelMs = 0;
  return {
    /** Sets the time that `generate` waits for its model. */
    setModelMs(ms: number): void {
      modelMs = ms;
    },
    modelMs: () => modelMs,
    async run(step: StepName, id: string): Promise<StepResult> {
      if (step === "generate" && modelMs > 0) await new Promise((resolve) => setTimeout(resolve, modelMs));
      if (step === "deliver") {
        waiting.get(id)?.();
        onDelivered(id);
      }
      return { step, turnId: id };
    },
    /** Resolves when the reply to this message is sent, which is the time that a contact notices. */
    async delivered(id: string): Promise<void> {
      await new Promise<void>((resolve) => waiting.set(id, resolve));
      waiting.delete(id);
    },
  };
}
