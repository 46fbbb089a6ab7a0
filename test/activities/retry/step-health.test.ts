import { ApplicationFailure } from "@temporalio/activity";
import { beforeEach, expect, it } from "vitest";
import { withLastAttempt } from "../../../activities/retry/last-attempt.ts";
import { createStepHealth } from "../../../activities/retry/step-health.ts";

let attempt: number;
let workflowId: string;
let activityType: string;
let alerts: Map<string, string>;
let run: (outcome: "pass" | Error) => Promise<unknown>;

beforeEach(() => {
  [attempt, workflowId, activityType, alerts] = [1, "", "screen", new Map()];
  const health = createStepHealth({
    alerts: {
      raise: async ({ name, detail }) => void alerts.set(name, detail),
      clear: async (name) => void alerts.delete(name),
    },
    log: { error: () => undefined },
    build: "build",
    readActivity: () => ({ attempt, activityType, workflowExecution: { workflowId, runId: "" } }),
  });
  run = withLastAttempt(async (outcome: "pass" | Error) => {
    if (outcome !== "pass") throw outcome;
  }, health);
});

/** Six attempts for each workflow, in turn. Returns the workflows that became poison. */
async function failAll(ids: readonly string[]): Promise<string[]> {
  const poisoned = new Set<string>();
  for (attempt = 1; attempt <= 8; attempt++)
    for (workflowId of ids) {
      const failure = await run(new TypeError("a bug")).catch((error: unknown) => error);
      if (failure instanceof ApplicationFailure) poisoned.add(workflowId);
    }
  return [...poisoned];
}

async function passAll(count: number): Promise<void> {
  attempt = 1;
  for (let i = 0; i < count; i++) {
    workflowId = `healthy ${i}`;
    await run("pass");
  }
}

const names = (count: number) => Array.from({ length: count }, (_, i) => `msg:${i}`);

it("one workflow that fails in a step becomes poison at its sixth attempt, also when nothing else runs", async () => {
  expect(await failAll(names(1))).toEqual(["msg:0"]);
  expect(alerts.size).toBe(0);
});

it("no workflow is given up while a step fails for all of them, and the alert ends when they pass", async () => {
  await passAll(100);
  expect(await failAll(names(20))).toEqual([]);
  expect([...alerts.keys()]).toEqual(["step_failing:screen"]);
  for (workflowId of names(20)) await run("pass");
  expect(alerts.size).toBe(0);
});

it("three poison messages among healthy ones are given up", async () => {
  for (attempt = 1; attempt <= 5; attempt++)
    for (workflowId of names(3)) await run(new TypeError("a bug")).catch(() => undefined);
  await passAll(10);
  expect(await failAll(names(3))).toEqual(names(3));
});

it("deferrals and transient errors are no attempts of a permanent error", async () => {
  workflowId = "event";
  attempt = 9;
  await expect(run(new TypeError("one odd error"))).rejects.toThrow("one odd error");
});

it("a step that fails for most workflows says nothing about another step", async () => {
  await failAll(names(20));
  activityType = "record";
  expect(await failAll(["msg:one"])).toEqual(["msg:one"]);
});
