import { expect, it } from "vitest";
import { computeSlowestMs, predict, slowStation } from "./station-model.ts";

const model = {
  stations: [
    { name: "worker loop", demandMs: 10, servers: 1 },
    { name: "cores", demandMs: 30, servers: 4 },
  ],
  thinkMs: 20,
};

it("one message alone waits for no other", () => {
  expect(predict(model, 1).latencyMs).toBeCloseTo(60);
});

it("many messages reach the capacity of the slowest station, and no more", () => {
  const { messagesPerS, bottleneck, utilization } = predict(model, 500);
  expect(bottleneck).toBe("worker loop");
  expect(messagesPerS).toBeGreaterThan(99);
  expect(messagesPerS).toBeLessThanOrEqual(100);
  expect(utilization["worker loop"]).toBeCloseTo(1, 1);
});

it("a second server doubles a station, and then the next one is the limit", () => {
  const stations = model.stations.map((station) => ({ ...station, servers: station.servers * 2 }));
  expect(predict({ ...model, stations }, 500).messagesPerS).toBeGreaterThan(190);
  expect(predict(slowStation(model, "cores", 30), 500)).toMatchObject({ bottleneck: "cores" });
});

it("messages that visit one of several equal stations at random wait less than at one, and more than at one queue for all of them", () => {
  const latencyOf = (station: { servers: number; copies?: number }) =>
    predict({ stations: [{ name: "slots", demandMs: 100, ...station }], thinkMs: 50 }, 16).latencyMs;
  const [one, random, shared] = [
    latencyOf({ servers: 1 }),
    latencyOf({ servers: 1, copies: 16 }),
    latencyOf({ servers: 16 }),
  ];
  expect(random).toBeLessThan(one / 4);
  expect(random).toBeGreaterThan(shared);
  expect(
    computeSlowestMs({ stations: [{ name: "slots", demandMs: 100, servers: 1, copies: 4 }], thinkMs: 0 }),
  ).toBe(25);
});
