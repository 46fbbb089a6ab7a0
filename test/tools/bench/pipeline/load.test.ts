import { expect, it } from "vitest";
import { load } from "./load.ts";
import { createSteps, STEP_NAMES } from "./steps.ts";

const contestant = (steps: ReturnType<typeof createSteps>, during: () => void = () => undefined) => ({
  async handle(id: string) {
    during();
    for (const step of STEP_NAMES) await steps.run(step, id);
  },
  close: async () => undefined,
});

it("a full load keeps exactly the given number of messages in flight", async () => {
  const steps = createSteps();
  let [now, most] = [0, 0];
  const counting = {
    ...contestant(steps),
    async handle(id: string) {
      most = Math.max(most, ++now);
      await contestant(steps).handle(id);
      now--;
    },
  };
  const order = { kind: "full", inFlight: 3, seconds: 0.1, modelMs: 5 } as const;
  const { messages, latenciesMs } = await load({ contestant: counting, steps }, order);
  expect(most).toBe(3);
  expect(messages).toBeGreaterThan(3);
  expect(latenciesMs).toHaveLength(messages);
});

it("a scheduled load sends each message at its time and does not wait for earlier messages", async () => {
  const steps = createSteps();
  let started = 0;
  const startedAtFirstEnd: number[] = [];
  const counting = {
    async handle(id: string) {
      started++;
      for (const step of STEP_NAMES) await steps.run(step, id);
      startedAtFirstEnd.push(started);
    },
    close: async () => undefined,
  };
  const order = { kind: "paced", ratePerS: 200, messages: 5, modelMs: 300 } as const;
  await load({ contestant: counting, steps }, order);
  expect(startedAtFirstEnd[0]).toBe(5);
});

it("a failed message fails the load, and the load does not wait for it", async () => {
  const steps = createSteps();
  const broken = contestant(steps, () => {
    throw new Error("no server");
  });
  const order = { kind: "paced", ratePerS: 100, messages: 2, modelMs: 0 } as const;
  await expect(load({ contestant: broken, steps }, order)).rejects.toThrow("no server");
});

it("the load waits until the server has written the end of its messages", async () => {
  const steps = createSteps();
  const settled: string[] = [];
  const remote = {
    ...contestant(steps),
    settle: async (ids: readonly string[]) => void settled.push(...ids),
  };
  const order = { kind: "paced", ratePerS: 100, messages: 3, modelMs: 0 } as const;
  const { messages } = await load({ contestant: remote, steps }, order);
  expect(settled).toHaveLength(messages);
});
