import { describe, expect, it } from "vitest";
import { checkTargets } from "./targets.ts";
import { figuresOf } from "./figures.ts";
import type { Round } from "./measure-contestant.ts";

const slow = { messagesPerS: 100, inFlight: 200, addedMs: [10] };
const round = (messagesPerS: number, cpu: number, commonMs: number[]): Round => ({
  messagesPerS,
  cpu: { own: cpu / 2, temporal: cpu / 2 },
  halfRatePerS: messagesPerS / 2,
  halfMs: [20],
  commonMs,
  othersCores: 0,
});
const naive = figuresOf("naive", [round(10, 160, [230])], slow);
const dbos = figuresOf("dbos", [round(70, 20, [15])], slow);
const buildShipped = (messagesPerS: number, cpu: number, commonMs: number[]) =>
  figuresOf("shipped", [round(messagesPerS, cpu, commonMs)], slow);

describe("the bars of the pipeline", () => {
  it("the bars hold for 4.5 times the throughput of naive, half the throughput of DBOS and 0.28 of the CPU of naive", () => {
    const results = Object.values(
      checkTargets({
        naive,
        dbos,
        shipped: buildShipped(46, 44, [15, 20, 60]),
        shipped_apart: buildShipped(40, 47, [15]),
        shipped_quiet: buildShipped(40, 47, [15]),
      }),
    );
    expect(results.map(({ ok }) => ok)).toEqual([true, true, true, true, true, true, true]);
  });

  it("each bar fails by itself", () => {
    const {
      throughput_to_naive_min: toNaive,
      throughput_to_dbos_min: toDbos,
      ...rest
    } = checkTargets({
      naive,
      dbos,
      shipped: buildShipped(28, 50, [50, 50, 130]),
      shipped_apart: buildShipped(40, 50, [15]),
      shipped_quiet: buildShipped(40, 50, [15]),
    });
    expect([toNaive.ok, toDbos.ok]).toEqual([false, false]);
    expect(Object.values(rest).map(({ ok }) => ok)).toEqual([false, false, false, false, false]);
  });

  it("a target against a contestant that did not run does not hold", () => {
    const results = checkTargets({ naive, shipped: buildShipped(46, 44, [15]) });
    expect(results.throughput_to_dbos_min).toEqual({ value: null, target: 0.5, ok: false });
    expect(results.throughput_to_naive_min.ok).toBe(true);
  });
});

it("figures are medians over the rounds, their ranges, and quantiles over all samples", () => {
  const rounds = [round(10, 160, [1, 2]), round(30, 120, [3, 4]), round(20, 140, [5, 100])];
  expect(figuresOf("naive", rounds, slow)).toMatchObject({
    messages_per_s: 20,
    messages_per_s_range: [10, 30],
    cpu_ms_per_message: 140,
    cpu_ms_per_message_by_group: { own: 70, temporal: 70 },
    four_per_s: { samples: 6, latency_p50_ms: 3, latency_p99_ms: 100, latency_p50_ms_range: [1, 5] },
  });
});
