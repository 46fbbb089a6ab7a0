import { ApplicationFailure } from "@temporalio/activity";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { withLastAttempt } from "../../../activities/retry/last-attempt.ts";
import { createStepHealth } from "../../../activities/retry/step-health.ts";
import { createStepFailures } from "../../../db/health/step-failures.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

type Run = (outcome: "pass" | Error) => Promise<unknown>;

let opened: OpenDatabase;
let attempt: number;
let workflowId: string;
let activityType: string;
let alerts: Map<string, string>;
/** The step in the first process of all. */
let run: Run;

beforeAll(async () => {
  opened = await openDatabase("step_health");
});
afterAll(() => opened.close());
beforeEach(async () => {
  await opened.db.execute(sql`TRUNCATE step_failures`);
  [attempt, workflowId, activityType, alerts] = [1, "", "screen", new Map()];
  run = openProcess();
});

/** The step in one process. */
function openProcess(build = "build"): Run {
  const health = createStepHealth({
    alerts: {
      raise: async ({ name, detail }) => void alerts.set(name, detail),
      clear: async (name) => void alerts.delete(name),
    },
    failures: createStepFailures(opened.db),
    log: { error: () => undefined },
    build,
    readActivity: () => ({ attempt, activityType, workflowExecution: { workflowId, runId: "" } }),
  });
  return withLastAttempt(async (outcome: "pass" | Error) => {
    if (outcome !== "pass") throw outcome;
  }, health);
}

/** Eight attempts for each workflow, in turn, each in the next of the processes. Returns the workflows that became poison. */
async function failAll(
  ids: readonly string[],
  { processes = [run], error = new TypeError("a bug") }: { processes?: readonly Run[]; error?: Error } = {},
): Promise<string[]> {
  const poisoned = new Set<string>();
  let turn = 0;
  for (attempt = 1; attempt <= 8; attempt++)
    for (workflowId of ids) {
      const runNext = processes[turn++ % processes.length] ?? run;
      const failure = await runNext(error).catch((thrown: unknown) => thrown);
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

it("a workflow whose attempts are made by many processes becomes poison too", async () => {
  const processes = Array.from({ length: 20 }, () => openProcess());
  expect(await failAll(names(1), { processes })).toEqual(["msg:0"]);
});

it("a release that fails for a few workflows in each of many processes gives none of them up", async () => {
  const processes = Array.from({ length: 4 }, () => openProcess());
  // With as many workflows as processes, each process sees one workflow.
  expect(await failAll(names(4), { processes })).toEqual([]);
  expect([...alerts.keys()]).toEqual(["step_failing:screen"]);
});

it("failures on another build do not count", async () => {
  for (attempt = 1; attempt <= 5; attempt++)
    for (workflowId of names(4)) await run(new TypeError("a bug")).catch(() => undefined);
  const processes = [openProcess("rolled back")];
  expect(await failAll(names(1), { processes })).toEqual(["msg:0"]);
});

const tooSlow = () => Object.assign(new Error("canceling statement"), { code: "57014" });

it("a statement timeout is no poison while no other turn passes the step, and an operator gets an alert", async () => {
  expect(await failAll(names(1), { error: tooSlow() })).toEqual([]);
  expect([...alerts.keys()]).toEqual(["step_failing:screen"]);
});

it("a turn whose statements are too slow becomes poison when others pass the step", async () => {
  for (let i = 1; i <= 5; i++) {
    [attempt, workflowId] = [i, "msg:0"];
    await run(tooSlow()).catch(() => undefined);
    await passAll(3);
  }
  expect(await failAll(names(1), { error: tooSlow() })).toEqual(["msg:0"]);
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
