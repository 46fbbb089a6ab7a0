import { randomUUID } from "node:crypto";
import { ApplicationFailure } from "@temporalio/activity";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { withLastAttempt } from "../../../activities/retry/last-attempt.ts";
import { createStepHealth } from "../../../activities/retry/step-health.ts";
import { settleFirstSuccesses } from "../../../db/events/first-attempts.ts";
import { createStepFailures } from "../../../db/health/step-failures.ts";
import { eventDeliveries } from "../../../db/schema/events.ts";
import { findStepEnd, runUntilEnd, throwIfEnded } from "../../../infra/runtime/step-end.ts";
import { eventually } from "../../support/eventually.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

type Failures = ReturnType<typeof createStepFailures>;
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
  await opened.db.execute(sql`TRUNCATE step_failures, event_deliveries`);
  [attempt, workflowId, activityType, alerts] = [1, "", "screen", new Map()];
  run = openProcess();
});

/** The step in one process. `change` wraps its access to the failures. */
function openProcess(build?: string, change?: (failures: Failures) => Failures): Run {
  return runWith(openHealth(build, change));
}

function openHealth(build = "build", change: (failures: Failures) => Failures = (same) => same) {
  return createStepHealth({
    alerts: {
      raise: async ({ name, detail }) => void alerts.set(name, detail),
      async clear(name) {
        throwIfEnded(findStepEnd());
        alerts.delete(name);
      },
    },
    failures: change(createStepFailures(opened.db)),
    log: { error: () => undefined },
    build,
    readActivity: () => ({ attempt, activityType, workflowExecution: { workflowId, runId: "" } }),
  });
}

function runWith(health: ReturnType<typeof openHealth>): Run {
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

/** What the sweeping process writes for an event that its endpoint accepts at the first attempt. */
async function deliverFirst(): Promise<void> {
  const delivery = { eventId: randomUUID(), endpointId: randomUUID(), tenantId: "tenant" };
  await opened.db.insert(eventDeliveries).values(delivery);
  await settleFirstSuccesses(opened.db, [{ ...delivery, attempt: 0 }]);
}

const afterDelivery =
  (runNext: Run): Run =>
  async (outcome) => {
    await deliverFirst();
    return await runNext(outcome);
  };

const names = (count: number) => Array.from({ length: count }, (_, i) => `msg:${i}`);

it("one workflow that fails in a step becomes poison at its sixth attempt, also when nothing else runs", async () => {
  expect(await failAll(names(1))).toEqual(["msg:0"]);
  expect(alerts.size).toBe(0);
});

it("events that the sweeping process has delivered prove in every other process that a failing one is poison", async () => {
  activityType = "sendEvent";
  const processes = [afterDelivery(openProcess()), afterDelivery(openProcess())];
  expect(await failAll(names(5), { processes })).toEqual(names(5));
  expect(alerts.size).toBe(0);
});

it("an alert for a step of events ends in its process when the sweeping process delivers other events", async () => {
  activityType = "sendEvent";
  // Delivered before the failures began: they prove nothing.
  for (let i = 0; i < 5; i++) await deliverFirst();
  const deliveryOnly = openProcess();
  expect(await failAll(names(4), { processes: [deliveryOnly] })).toEqual([]);
  expect([...alerts.keys()]).toEqual(["step_failing:sendEvent"]);
  for (let i = 0; i < 4; i++) await deliverFirst();
  const [thrown] = await Promise.allSettled([deliveryOnly(new TypeError("a bug"))]);
  expect(thrown).toMatchObject({ reason: expect.any(ApplicationFailure) as unknown });
  expect(alerts.size).toBe(0);
});

it("delivered events say nothing about another step", async () => {
  expect(await failAll(names(5), { processes: [afterDelivery(run)] })).toEqual([]);
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

it("a failure of the morning does not count the passes of the day for the failures of the afternoon", async () => {
  const ids = names(5);
  attempt = 5;
  for (workflowId of ids) await run(tooSlow()).catch(() => undefined);
  await passAll(50);
  await opened.db.execute(sql`
    UPDATE step_failures SET first_at = first_at - interval '5 hours', last_at = last_at - interval '5 hours'`);
  expect(await failAll(ids, { error: tooSlow() })).toEqual([]);
  expect([...alerts.keys()]).toEqual(["step_failing:screen"]);
});

it("a workflow that has failed since the morning does not count its passes for others that begin to fail now", async () => {
  [attempt, workflowId] = [5, "since the morning"];
  await run(tooSlow()).catch(() => undefined);
  await passAll(50);
  await opened.db.execute(sql`UPDATE step_failures SET first_at = first_at - interval '5 hours'`);
  expect(await failAll(names(3), { error: tooSlow() })).toEqual([]);
});

it("three passes of one workflow are not three healthy ones", async () => {
  for (let i = 1; i <= 5; i++) {
    [attempt, workflowId] = [i, "msg:0"];
    await run(tooSlow()).catch(() => undefined);
    for (let pass = 0; pass < 3; pass++) await passAll(1);
  }
  expect(await failAll(names(1), { error: tooSlow() })).toEqual([]);
});

const countRows = async () => (await opened.db.execute(sql`SELECT FROM step_failures`)).rowCount;

/** Runs the step as an attempt whose time is over. */
const runTooLate = async (outcome: "pass" | Error) =>
  await runUntilEnd({ hasEnded: () => true }, async () => await run(outcome));

it("a failure after the end of its step asks for no connection, and the step is tried again", async () => {
  let acquired = 0;
  const count = () => acquired++;
  opened.db.$client.on("acquire", count);
  [attempt, workflowId] = [9, "msg:0"];
  await expect(runTooLate(tooSlow())).rejects.toThrow("canceling statement");
  opened.db.$client.off("acquire", count);
  expect(acquired).toBe(0);
});

it("the first failures of a workflow write nothing, and of many failures at the same time few are written", async () => {
  let [recording, most] = [0, 0];
  run = openProcess("build", (failures) => ({
    ...failures,
    async record(failing) {
      most = Math.max(most, ++recording);
      return await failures.record(failing).finally(() => recording--);
    },
  }));
  const failTogether = async () => {
    const runs = Array.from({ length: 50 }, async () => await run(new TypeError("a bug")).catch(() => null));
    await Promise.all(runs);
  };
  [attempt, workflowId] = [3, "msg:0"];
  await failTogether();
  expect(most).toBe(0);
  attempt = 4;
  await failTogether();
  expect(most).toBe(3);
});

it("more failing workflows than a thousand are counted as a thousand", async () => {
  await opened.db.execute(sql`
    INSERT INTO step_failures SELECT 'screen', 'msg:' || i, 'build', 1, now(), now() FROM generate_series(1, 1500) i`);
  const counted = await createStepFailures(opened.db).record({
    step: "screen",
    workflowId: "one",
    build: "build",
  });
  expect(counted.failing).toBe(1_000);
});

it("a workflow that failed in one process and passes in another one is forgotten, also at the end of its time", async () => {
  [attempt, workflowId] = [5, "msg:0"];
  await run(new TypeError("a bug")).catch(() => undefined);
  expect(await countRows()).toBe(1);
  run = openProcess();
  attempt = 6;
  await runTooLate("pass");
  await eventually("the failure is forgotten", async () => (await countRows()) === 0);
});

it("a failure that cannot be forgotten now is forgotten with the next one", async () => {
  let outages = 1;
  for (workflowId of names(2)) {
    attempt = 5;
    await run(new TypeError("a bug")).catch(() => undefined);
  }
  run = openProcess("build", (failures) => ({
    ...failures,
    async forget(passed) {
      if (outages-- > 0) throw new Error("connection terminated");
      await failures.forget(passed);
    },
  }));
  attempt = 6;
  for (workflowId of names(2)) await run("pass");
  await eventually("both failures are forgotten", async () => (await countRows()) === 0);
});

it("an alert also ends where the last pass comes at the end of its time", async () => {
  await failAll(names(4));
  attempt = 1;
  for (workflowId of names(4)) await runTooLate("pass");
  await eventually("the alert has ended", async () => alerts.size === 0);
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
