import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { mapConcurrently } from "../../../infra/runtime/map-concurrently.ts";

it("results keep the order of the items, and no more calls run at once than allowed", async () => {
  let running = 0;
  let most = 0;
  const results = await mapConcurrently([5, 1, 4, 2, 3], 2, async (ms) => {
    most = Math.max(most, ++running);
    await sleep(ms);
    running--;
    return ms * 10;
  });
  expect(results).toEqual([50, 10, 40, 20, 30]);
  expect(most).toBe(2);
});

it("after a failure no further call starts, and the calls that run end before the failure is thrown", async () => {
  const started: number[] = [];
  const ended: number[] = [];
  const work = async (item: number) => {
    started.push(item);
    if (item === 1) throw new Error("broken");
    await sleep(20);
    ended.push(item);
  };
  await expect(mapConcurrently([0, 1, 2, 3, 4, 5], 2, work)).rejects.toThrow("broken");
  expect(started).toEqual([0, 1]);
  expect(ended).toEqual([0]);
});

it("an empty list has no results", async () => {
  expect(await mapConcurrently([], 3, () => Promise.reject(new Error("never called")))).toEqual([]);
});
