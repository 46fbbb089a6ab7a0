import { CancelledFailure } from "@temporalio/activity";
import { expect, it, onTestFinished } from "vitest";
import { APIUserAbortError } from "openai";
import { createLocalCalls } from "../../../../activities/answer/model/local-calls.ts";
import { createFilteredFailure, toModelFailure } from "../../../../activities/answer/model/model-failure.ts";

const MOVED = { type: "ModelCallMoved", nonRetryable: true };
const idle = new AbortController().signal;
let turns = 0;

/** The first attempt at a call of a new turn. */
const callOf = (cancellation = idle) => ({ id: `turn-${turns++} full_context`, attempt: 1, cancellation });

function openCalls(awaitSteady: () => Promise<void> = async () => undefined) {
  const calls = createLocalCalls({ awaitSteady, stop: () => undefined });
  onTestFinished(() => calls.close());
  return calls;
}

/** A call that ends only when its signal says so, with the failure of the model client unless `fail` makes another one. */
async function awaitAbort(
  signal: AbortSignal,
  fail = () => toModelFailure(new APIUserAbortError(), signal),
): Promise<never> {
  return await new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(fail()));
  });
}

it("a call counts as waiting until it ends, also when it fails", async () => {
  const calls = openCalls();
  const counts: number[] = [];
  calls.waiting.onChange(() => counts.push(calls.waiting.count()));
  expect(await calls.run(callOf(), async () => "completion")).toBe("completion");
  await expect(calls.run(callOf(), async () => await Promise.reject(new Error("down")))).rejects.toThrow(
    "down",
  );
  expect(counts).toEqual([1, 0, 1, 0]);
});

it("a shutdown cancels a call at the end of its time, and the call moves to the queue", async () => {
  const calls = openCalls();
  const running = calls.run(callOf(), awaitAbort);
  await Promise.resolve();
  calls.stop(20);
  await expect(running).rejects.toMatchObject(MOVED);
  expect(calls.waiting.count()).toBe(0);
});

it("a refusal that arrives when the time of the shutdown ends is not paid again over the queue", async () => {
  const calls = openCalls();
  const running = calls.run(callOf(), async (signal) => await awaitAbort(signal, createFilteredFailure));
  await Promise.resolve();
  calls.stop(20);
  await expect(running).rejects.toMatchObject({ type: "ContentFiltered" });
});

it("a call that ends in the time of the shutdown keeps its completion, and no other call begins", async () => {
  const calls = openCalls();
  const completion = Promise.withResolvers<string>();
  const running = calls.run(callOf(), async () => await completion.promise);
  await Promise.resolve();
  calls.stop(60_000);
  let begun = 0;
  await expect(calls.run(callOf(), async () => begun++)).rejects.toMatchObject(MOVED);
  completion.resolve("paid");
  expect(await running).toBe("paid");
  expect(begun).toBe(0);
});

it("a process that was suspended begins no call whose workflow task is lost", async () => {
  const steady = Promise.withResolvers<void>();
  const calls = openCalls(async () => await steady.promise);
  const lost = new AbortController();
  let begun = 0;
  const running = calls.run(callOf(lost.signal), async () => begun++);
  lost.abort(new CancelledFailure("CANCELLED"));
  steady.resolve();
  await expect(running).rejects.toBeInstanceOf(CancelledFailure);
  expect(begun).toBe(0);
});

it("a lost workflow task cancels the call that is under way", async () => {
  const calls = openCalls();
  const lost = new AbortController();
  const running = calls.run(callOf(lost.signal), awaitAbort);
  await Promise.resolve();
  lost.abort(new CancelledFailure("CANCELLED"));
  await expect(running).rejects.toMatchObject({ type: "ModelDown" });
});

it("a call whose workflow task was lost is not made again in this process, and its second attempt is", async () => {
  const calls = openCalls();
  const call = callOf();
  await expect(calls.run(call, async () => await Promise.reject(new Error("busy")))).rejects.toThrow("busy");
  expect(await calls.run({ ...call, attempt: 2 }, async () => "completion")).toBe("completion");
  await expect(calls.run(call, async () => "paid again")).rejects.toMatchObject(MOVED);
  expect(await calls.run({ ...call, id: `${call.id} other` }, async () => "other tier")).toBe("other tier");
});
