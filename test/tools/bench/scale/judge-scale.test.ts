import { expect, it } from "vitest";
import { buildModel } from "./build-model.ts";
import { listChecks } from "./checks.ts";
import { IN_FLIGHT, judgeScale } from "./judge-scale.ts";
import type { StationSample } from "./measure-stations.ts";
import { predict } from "./station-model.ts";

const sample: StationSample = {
  messagesPerS: 20,
  latencyMs: 100,
  cpu: { worker: 20, ingress: 5, temporal: 10, postgres: 5, fakes: 2, load: 1 },
  threadMs: { ingress: 4, worker: 12 },
  commits: { syncs: 6, syncMs: 1, transactions: 30, walKb: 64 },
  connections: { parley: 20 },
  othersCores: 0,
};
const machine = { cores: 2, workers: 1 };
const model = buildModel({ alone: sample, many: sample }, machine);

/** Measurements of a machine that behaves as the model says, but `factor` times as fast with a slower worker. */
function judgeMachine(factor: number, alone = sample) {
  const checks = listChecks(model, sample.commits).map((check) => {
    const measure = (inFlight: number) => [
      predict(check.model, inFlight).messagesPerS * (check.name === "worker" ? factor : 1),
    ];
    return { check, perS: { few: measure(IN_FLIGHT.few), many: measure(IN_FLIGHT.many) } };
  });
  const withTwo = buildModel({ alone: sample, many: sample }, { ...machine, workers: 2 });
  const two = { ...sample, messagesPerS: predict(withTwo, IN_FLIGHT.many).messagesPerS };
  return judgeScale({ alone, many: sample, checks, two, othersCores: 0 }, machine.cores);
}

it("a message that is alone takes as long in the model as it did in the measurement", () => {
  expect(predict(model, 1).latencyMs).toBeCloseTo(sample.latencyMs);
});

it("each loop and the cores are slowed so far that they become the slowest station", () => {
  const bottlenecks = listChecks(model, sample.commits).map((check) => [
    check.name,
    predict(check.model, IN_FLIGHT.many).bottleneck,
  ]);
  expect(Object.fromEntries(bottlenecks)).toMatchObject({
    none: "cores",
    ingress: "ingress",
    worker: "worker",
  });
});

it("the model holds while each slowed station costs what it says, and fails for one that costs a third more", () => {
  expect(judgeMachine(1).ok).toBe(true);
  expect(judgeMachine(0.67).ok).toBe(false);
  expect(judgeMachine(0.67).slowed.find(({ station }) => station === "worker")?.many.error).toBeCloseTo(
    0.5,
    1,
  );
});

it("the model does not hold if its stations take longer than a message that is alone", () => {
  expect(judgeMachine(1)).toMatchObject({ ok: true, wait_clamped: false });
  const short = { ...sample, latencyMs: 50 };
  expect(judgeMachine(1, short)).toMatchObject({ ok: false, wait_clamped: true });
});

it("a thousand messages a second need as many cores as one message costs CPU-ms, without the fakes and the load", () => {
  expect(judgeMachine(1).per_1000_messages_per_s).toMatchObject({
    cores: { worker: 20, ingress: 5, temporal: 10, postgres: 5 },
    cores_total: 40,
    worker_processes: 12,
    ingress_processes: 4,
  });
});
