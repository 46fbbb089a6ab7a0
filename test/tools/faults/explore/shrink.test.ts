import fc from "fast-check";
import { expect, it } from "vitest";
import { shrink } from "./shrink.ts";

const ALL = Array.from({ length: 40 }, (_, i) => i);
const never = () => false;

it("shrinking finds the one, two or three actions without which the failure is gone", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat(39), { minLength: 1, maxLength: 3 }), async (needed) => {
      const fails = async (subset: readonly number[]) => needed.every((each) => subset.includes(each));
      const smallest = await shrink(ALL, fails, never);
      expect(smallest).toEqual(needed.toSorted((a, b) => a - b));
    }),
  );
});

it("a failure that does not happen again leaves the whole list", async () => {
  expect(await shrink(ALL, async () => false, never)).toEqual(ALL);
});

it("shrinking stops when its time is over, with the smallest list so far", async () => {
  let runs = 0;
  const fails = async (subset: readonly number[]) => {
    runs++;
    return subset.includes(3);
  };
  const smallest = await shrink(ALL, fails, () => runs >= 2);
  expect(runs).toBe(2);
  expect(smallest).toEqual(ALL.slice(0, 10));
});
