import { expect, it } from "vitest";
import { capacity, fleetFor } from "./capacity-model.ts";

const cost = { cpu: { worker: 15, temporal: 20, postgres: 5 }, threadMs: 8 };

it("two cores give 2,000 CPU-ms a second to all processes together", () => {
  expect(capacity(cost, { cores: 2, workers: 1 })).toEqual({ messagesPerS: 50, limit: "cores" });
  expect(capacity(cost, { cores: 2, workers: 2 })).toEqual({ messagesPerS: 50, limit: "cores" });
});

it("with many cores one thread of a worker is the limit, and a second worker doubles it", () => {
  expect(capacity(cost, { cores: 64, workers: 1 })).toEqual({ messagesPerS: 125, limit: "worker thread" });
  expect(capacity(cost, { cores: 64, workers: 2 }).messagesPerS).toBe(250);
});

it("a thousand messages a second need as many cores as one message costs CPU-ms", () => {
  expect(fleetFor(cost, 1_000)).toEqual({ workers: 8, cores: { worker: 15, temporal: 20, postgres: 5 } });
});
