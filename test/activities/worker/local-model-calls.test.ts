import { once } from "node:events";
import { ApplicationFailure, Context } from "@temporalio/activity";
import type { Client } from "@temporalio/client";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createLocalCalls } from "../../../activities/answer/model/local-calls.ts";
import { FAILURES } from "../../../workflows/failures.ts";
import type { Tier } from "../../../workflows/names.ts";
import { eventually } from "../../support/eventually.ts";
import { openMessageWorkers } from "../../support/activities/open-message-workers.ts";

/** The tasks that may work at once: see activities/worker/task-slots.ts. */
const MAX_WORKING = 40;
const CALLS = 60;

interface Step {
  turnId: string;
  tier: Tier;
}
/** What the model does to the call of a turn; by default it responds. Tests set it for their own turns. */
const behaviours = new Map<string, (step: Step, isLocal: boolean) => Promise<void>>();
const calls: { turn: string; tier: Tier; isLocal: boolean; attempt: number }[] = [];
/** The messages that were admitted while more calls waited than tasks may work. */
const crowdedAtAdmission: string[] = [];
const localCalls = createLocalCalls();
const isCrowded = () => localCalls.waiting.count() > MAX_WORKING;
let workers: Awaited<ReturnType<typeof openMessageWorkers>>;

beforeAll(async () => {
  workers = await openMessageWorkers({
    waiting: localCalls.waiting,
    activities: (steps) => ({
      async admit(input) {
        if (isCrowded()) crowdedAtAdmission.push(input.providerMessageId);
        return await steps.admit(input);
      },
      async generate(step) {
        const { isLocal, attempt } = Context.current().info;
        calls.push({ turn: step.turnId, tier: step.tier, isLocal, attempt });
        await behaviours.get(step.turnId)?.(step, isLocal);
        return await steps.generate(step);
      },
    }),
  });
});
afterAll(async () => {
  await workers.close();
  localCalls.close();
});

async function answer(id: string, behaviour?: (step: Step, isLocal: boolean) => Promise<void>) {
  if (behaviour !== undefined) behaviours.set(id, behaviour);
  await workers.start(id, "acme");
  const result: unknown = await workers.client.workflow.getHandle(id).result();
  return { result, calls: calls.filter(({ turn }) => turn === id) };
}

async function readSteps(client: Client, id: string): Promise<string[]> {
  const { events } = await client.workflow.getHandle(id).fetchHistory();
  return (events ?? []).flatMap((event) => {
    const marker = event.markerRecordedEventAttributes?.details?.["data"]?.payloads?.[0]?.data;
    if (marker)
      return [(JSON.parse(Buffer.from(marker).toString()) as { activity_type: string }).activity_type];
    const scheduled = event.activityTaskScheduledEventAttributes?.activityType?.name;
    return scheduled === undefined ? [] : [`${scheduled} over a queue`];
  });
}

describe("a model call as a local activity", () => {
  it("a message takes one workflow task with six steps", async () => {
    const id = `six-${workers.names.main}`;
    expect(await answer(id)).toMatchObject({ result: { tier: "full_context" }, calls: [{ isLocal: true }] });
    expect(await readSteps(workers.client, id)).toEqual([
      "admit",
      "retrieve",
      "generate",
      "screen",
      "record",
      "deliver",
    ]);
  });

  it("a call that the shutdown of a worker cancels is made over the queue, in the same tier", async () => {
    const id = `moved-${workers.names.main}`;
    const answered = await answer(id, async (_step, isLocal) => {
      if (isLocal) throw ApplicationFailure.nonRetryable("The worker shuts down.", FAILURES.modelCallMoved);
    });
    expect(answered.result).toMatchObject({ tier: "full_context", reason: null });
    expect(answered.calls.map(({ isLocal }) => isLocal)).toEqual([true, false]);
    expect(await readSteps(workers.client, id)).toEqual([
      "admit",
      "retrieve",
      "generate",
      "generate over a queue",
      "screen",
      "record",
      "deliver",
    ]);
  });

  it("a transient failure gets a second attempt, and a permanent failure decides the next tier", async () => {
    let failures = 1;
    const retried = await answer(`retried-${workers.names.main}`, async () => {
      if (failures-- > 0) throw ApplicationFailure.retryable("busy", FAILURES.modelDown);
    });
    expect(retried.result).toMatchObject({ tier: "full_context", reason: null });
    expect(retried.calls.map(({ attempt }) => attempt)).toEqual([1, 2]);

    const long = await answer(`long-${workers.names.main}`, async ({ tier }) => {
      if (tier === "full_context") throw ApplicationFailure.nonRetryable("long", FAILURES.contextTooLong);
    });
    expect(long.result).toMatchObject({ tier: "compressed_context" });
    expect(long.calls.map(({ tier, isLocal }) => [tier, isLocal])).toEqual([
      ["full_context", true],
      ["compressed_context", true],
    ]);

    const down = await answer(`down-${workers.names.main}`, async ({ tier }) => {
      if (tier === "cached_answer") throw ApplicationFailure.nonRetryable("none", FAILURES.cacheMiss);
      if (tier === "full_context") throw ApplicationFailure.retryable("down", FAILURES.modelDown);
    });
    expect(down.result).toMatchObject({ tier: "smaller_model" });
    expect(down.calls.map(({ tier }) => tier)).toEqual([
      "full_context",
      "full_context",
      "cached_answer",
      "smaller_model",
    ]);
  });
});

describe("tenants whose calls wait for a model", () => {
  it("a message of a calm tenant begins while 60 calls of another tenant wait in the same worker", async () => {
    const response = Promise.withResolvers<void>();
    onTestFinished(() => response.resolve());
    // On a busy machine a task may be lost, and then its call goes over the queue.
    const wait = async ({ turnId: id }: Step, isLocal: boolean) => {
      if (!isLocal) return await response.promise;
      const { attempt } = Context.current().info;
      const cancellation = Context.current().cancellationSignal;
      await localCalls.run({ id, attempt, cancellation }, async (signal) => {
        const ended = once(signal, "abort").then(() => signal.throwIfAborted());
        await Promise.race([response.promise, ended]);
      });
    };
    const busy = Array.from({ length: CALLS }, (_, i) => `busy-${i}-${workers.names.main}`);
    for (const id of busy) behaviours.set(id, wait);
    await Promise.all(busy.map((id) => workers.start(id, "busy")));
    const calm = `calm-${workers.names.main}`;
    await eventually("more calls that wait than tasks may work", async () => isCrowded());
    expect(await answer(calm)).toMatchObject({ result: { tier: "full_context" } });
    expect(crowdedAtAdmission).toContain(calm);
    response.resolve();
    await Promise.all(busy.map((id) => workers.client.workflow.getHandle(id).result()));
  });
});
