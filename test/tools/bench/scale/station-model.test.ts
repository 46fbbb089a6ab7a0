import { expect, it } from "vitest";
import { predict, slowStation } from "./station-model.ts";

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
