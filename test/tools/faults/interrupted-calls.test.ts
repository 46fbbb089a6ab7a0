import { expect, it } from "vitest";
import { findInterruptedCalls } from "./interrupted-calls.ts";
import { takeEvenly } from "./ledger/call-places.ts";
import type { ModelCall } from "./ledger/ledger.ts";

const [WORKER, SECOND] = [10, 20];
const departure = (pid: number, port: number, at: number) => ({ pid, port, at, path: "/v1/responses" });
const call = (peerPort: number, at: number): ModelCall => ({ peerPort, at, status: 200, markers: [] });

it("a fault hits the calls that its process had sent and that had no response", () => {
  const ledger = {
    departures: [
      departure(WORKER, 1, 100),
      departure(WORKER, 1, 900),
      departure(SECOND, 2, 900),
      departure(WORKER, 3, 1_100),
    ],
    modelCalls: [call(1, 800), call(1, 3_400), call(2, 3_400), call(3, 3_600)],
  };
  const hit = findInterruptedCalls(ledger, { pid: WORKER, at: 1_000 });
  expect(hit).toEqual([{ ...call(1, 3_400), departedAt: 900 }]);
  expect(findInterruptedCalls(ledger, { pid: WORKER, at: 3_500 }).map(({ at }) => at)).toEqual([3_600]);
  expect(findInterruptedCalls(ledger, { pid: null, at: 1_000 })).toEqual([]);
});

it("a sample of many runs is taken over their whole time, with the oldest one", () => {
  const runs = Array.from({ length: 3_400 }, (_, i) => i);
  const sample = takeEvenly(runs, 600);
  expect(sample.length).toBeLessThanOrEqual(600);
  expect(sample.at(-1)).toBe(3_399);
  expect(sample[0]).toBeLessThan(6);
  expect(takeEvenly(runs.slice(0, 3), 600)).toEqual([0, 1, 2]);
  expect(takeEvenly([], 600)).toEqual([]);
});
