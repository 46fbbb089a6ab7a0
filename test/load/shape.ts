import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Stack } from "../../infra/dev/stack.ts";
import type { BenchOptions, Benchmark } from "./benchmark.ts";
import { cpuMs } from "./cpu-clock.ts";
import { machine, machineLine } from "./machine.ts";
import type { LoadOrder, LoadResult, ShapeName } from "./shape-process.ts";

const SHAPES = ["shipped", "naive"] as const;
/** The first round warms the caches of everything and is thrown away. */
const ROUNDS = 4;
const THROUGHPUT: LoadOrder = { messages: 200, inFlight: 40, everyMs: 0 };
/** Far below what either shape can do: this is what a step costs in time when nothing waits. */
const UNLOADED: LoadOrder = { messages: 36, inFlight: 8, everyMs: 220 };
/** What the project promises of its shape against the usual one. */
const BARS = { throughput_ratio_min: 2.2, latency_ratio_max: 1 / 3 };

interface Figures {
  messages_per_s: number;
  cpu_ms_per_message: { parley: number; temporal: number };
  added_latency_p50_ms: number;
  added_latency_p99_ms: number;
}

/** Our shape against the usual one: what the engine costs when the steps do nothing. */
export const shape: Benchmark = {
  name: "shape",
  about: `${ROUNDS} rounds of ${SHAPES.join(" and ")} in turn, about 2 minutes`,
  measure: async (bench) => {
    const report = await measure(bench);
    return { report, lines: table(report) };
  },
};

async function measure({ stack: running, progress }: BenchOptions) {
  const rounds: Record<ShapeName, Figures[]> = { shipped: [], naive: [] };
  const processes = {
    shipped: await startShape(running, "shipped"),
    naive: await startShape(running, "naive"),
  };
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of SHAPES) {
      progress.tick(`  round ${round + 1} of ${ROUNDS}: ${name}`);
      const figures = await measureShape(running, processes[name]);
      if (round > 0) rounds[name].push(figures);
    }
  }
  progress.done();
  await Promise.all(Object.values(processes).map(endShape));
  const shipped = medians(rounds.shipped);
  const naive = medians(rounds.naive);
  const ratios = {
    throughput_ratio: rounded(shipped.messages_per_s / naive.messages_per_s),
    latency_p50_ratio: rounded(shipped.added_latency_p50_ms / naive.added_latency_p50_ms),
    latency_p99_ratio: rounded(shipped.added_latency_p99_ms / naive.added_latency_p99_ms),
    cpu_ratio: rounded(totalCpu(shipped) / totalCpu(naive)),
  };
  const ok =
    ratios.throughput_ratio >= BARS.throughput_ratio_min &&
    ratios.latency_p50_ratio <= BARS.latency_ratio_max;
  return {
    ok,
    bench: "shape",
    machine: machine(running),
    rounds_kept: ROUNDS - 1,
    bars: BARS,
    ...ratios,
    shipped,
    naive,
    all_rounds: rounds,
  };
}

function startShape(running: Stack, name: ShapeName): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL("./shape-process.ts", import.meta.url)), [
    name,
    running.env["TEMPORAL_ADDRESS"] ?? "",
    `bench-${name}`,
  ]);
  return new Promise((resolve, reject) => {
    child.once("message", () => resolve(child));
    child.once("exit", (code) =>
      reject(new Error(`The ${name} process ended with ${code} before it was ready.`)),
    );
  });
}

async function endShape(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.send("end");
  await ended;
}

async function measureShape(running: Stack, child: ChildProcess): Promise<Figures> {
  const pids = { parley: child.pid ?? 0, temporal: running.pidOf("temporal") ?? 0 };
  const before = { parley: cpuMs(pids.parley), temporal: cpuMs(pids.temporal) };
  const loaded = await order(child, THROUGHPUT);
  const cost = (name: "parley" | "temporal") =>
    rounded((cpuMs(pids[name]) - before[name]) / THROUGHPUT.messages);
  const cpu = { parley: cost("parley"), temporal: cost("temporal") };
  const unloaded = (await order(child, UNLOADED)).latenciesMs.toSorted((a, b) => a - b);
  return {
    messages_per_s: rounded((THROUGHPUT.messages * 1000) / loaded.elapsedMs),
    cpu_ms_per_message: cpu,
    added_latency_p50_ms: rounded(unloaded[Math.floor(unloaded.length / 2)] ?? 0),
    added_latency_p99_ms: rounded(unloaded.at(-1) ?? 0),
  };
}

function order(child: ChildProcess, load: LoadOrder): Promise<LoadResult> {
  return new Promise((resolve) => {
    child.once("message", (result) => resolve(result as LoadResult));
    child.send(load);
  });
}

function medians(rounds: Figures[]): Figures {
  const median = (pick: (figures: Figures) => number) =>
    rounds.map(pick).toSorted((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? 0;
  return {
    messages_per_s: median((f) => f.messages_per_s),
    cpu_ms_per_message: {
      parley: median((f) => f.cpu_ms_per_message.parley),
      temporal: median((f) => f.cpu_ms_per_message.temporal),
    },
    added_latency_p50_ms: median((f) => f.added_latency_p50_ms),
    added_latency_p99_ms: median((f) => f.added_latency_p99_ms),
  };
}

function totalCpu({ cpu_ms_per_message: cpu }: Figures): number {
  return cpu.parley + cpu.temporal;
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}

function table(report: Awaited<ReturnType<typeof measure>>): string[] {
  const rows = SHAPES.map((name) => {
    const {
      messages_per_s,
      cpu_ms_per_message: cpu,
      added_latency_p50_ms: p50,
      added_latency_p99_ms: p99,
    } = report[name];
    return `${name.padEnd(8)} ${String(messages_per_s).padStart(9)} ${String(cpu.parley).padStart(12)} ${String(cpu.temporal).padStart(14)} ${String(p50).padStart(8)} ${String(p99).padStart(8)}`;
  });
  return [
    machineLine(report.machine),
    "shape     messages/s  parley CPU-ms  temporal CPU-ms  p50 ms   p99 ms",
    ...rows,
    `ratio shipped to naive: throughput ${report.throughput_ratio} (bar ${BARS.throughput_ratio_min}), latency p50 ${report.latency_p50_ratio} (bar ${rounded(BARS.latency_ratio_max)}), p99 ${report.latency_p99_ratio}, CPU ${report.cpu_ratio}`,
  ];
}
