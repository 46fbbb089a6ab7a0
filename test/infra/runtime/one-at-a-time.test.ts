import { expect, it } from "vitest";
import { oneAtATime } from "../../../infra/runtime/one-at-a-time.ts";

/** Calls that end when the test says so. */
function createWork() {
  const calls: PromiseWithResolvers<void>[] = [];
  const work = async () => {
    const call = Promise.withResolvers<void>();
    calls.push(call);
    await call.promise;
  };
  return { calls, runs: oneAtATime(work) };
}

it("callers who join share the call that is under way, and the next one begins a new call", async () => {
  const { calls, runs } = createWork();
  const both = [runs.join(), runs.join()];
  expect(calls).toHaveLength(1);
  calls[0]?.resolve();
  await Promise.all(both);
  void runs.join();
  expect(calls).toHaveLength(2);
});

it("a caller who needs news gets a call that begins after the one under way, and all who wait share it", async () => {
  const { calls, runs } = createWork();
  const first = runs.join();
  const news = [runs.after(), runs.after()];
  expect(calls).toHaveLength(1);
  calls[0]?.reject(new Error("the first one failed"));
  await expect(first).rejects.toThrow("the first one failed");
  await expect.poll(() => calls.length).toBe(2);
  calls[1]?.resolve();
  await Promise.all(news);
  expect(calls).toHaveLength(2);
});

it("callers who join between two calls take part in the second one, and the end waits for both", async () => {
  let [running, most, ended] = [0, 0, 0];
  const runs = oneAtATime(async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 5));
    running--;
    ended++;
  });
  const first = runs.join();
  const news = runs.after();
  const joined: Promise<void>[] = [];
  void first.then(async () => {
    for (let i = 0; i < 10; i++) {
      joined.push(runs.join());
      await Promise.resolve();
    }
  });
  await runs.end();
  expect(ended).toBe(2);
  await Promise.all([news, ...joined]);
  expect([most, ended]).toEqual([1, 2]);
});

it("a caller who needs news between two calls shares the second one and its failure, and no call without work follows", async () => {
  let waiting: number[] = [];
  const batches: number[][] = [];
  const runs = oneAtATime(async () => {
    const batch = waiting;
    waiting = [];
    batches.push(batch);
    await Promise.resolve();
    if (batches.length === 2) throw new Error("the second one failed");
  });
  /** The number of the call that failed for this caller, or null. */
  const ask = async (caller: number) => {
    waiting.push(caller);
    return await runs.after().then(
      () => null,
      () => 2,
    );
  };
  const callers = [ask(0), ask(1)];
  // One in each microtask, so some of them come between the first call and the second one.
  for (let caller = 2; caller < 30; caller++) {
    await Promise.resolve();
    callers.push(ask(caller));
  }
  const failed = await Promise.all(callers);
  expect(failed.flatMap((call, caller) => (call === 2 ? [caller] : []))).toEqual(batches[1]);
  expect(batches.every((batch) => batch.length > 0)).toBe(true);
});
