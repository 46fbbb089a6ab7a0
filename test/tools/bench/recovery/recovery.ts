import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";
import { eventually } from "../../../support/eventually.ts";
import { readReplyTimes, countOpen } from "../installation/reply-times.ts";
import { openBenchInstallation, prepareDatabase } from "../installation/bench-installation.ts";
import type { BenchOptions, Benchmark } from "../benchmark.ts";
import { watchCpu } from "../machine/cpu-shares.ts";
import { createInboundLoad } from "../load/inbound-load.ts";
import { quantile } from "../load/latencies.ts";
import { machine, machineLine } from "../machine/machine.ts";
import { openLoop } from "../load/open-loop.ts";
import { type RecoverySetup, type Kill, killOnce } from "./kill-once.ts";

/** The time of a model for a short completion, so that the kill hits most turns during the model call. */
const MODEL_MS = 800;
const KILLS = 20;
const CALM_MESSAGES = 40;
const CALM_RATE_PER_S = 2;
const QUIET_WITHIN_MS = 120_000;
/** The longest time from the last message to the kill, which is about the length of a turn. */
const SPREAD_MS = 500;

interface RecoveryCourse extends Omit<Kill, "afterMs"> {
  name: string;
  /** The limit for the p99 of the messages in flight, s. */
  target: number;
}

const COURSES: readonly RecoveryCourse[] = [
  { name: "worker, restarted", victim: "worker", restarts: true, target: 6 },
  { name: "worker, another takes over", victim: "worker", restarts: false, target: 6 },
  { name: "Temporal", victim: "temporal", restarts: true, target: 15 },
  { name: "PostgreSQL", victim: "postgres", restarts: true, target: 10 },
  { name: "Redis", victim: "redis", restarts: true, target: 2 },
];

interface Quantiles {
  p50_s: number;
  p95_s: number;
  p99_s: number;
}

interface CourseReport {
  course: string;
  kills: number;
  target_p99_s: number;
  /** The time from the kill to the first completed turn. */
  first_turn: Quantiles;
  /** The time from the kill to the outcome of every message that was in flight or waiting. */
  in_flight: Quantiles & { messages: number };
  /** The p50 and p99 of messages in flight as multiples of a turn without a kill. */
  ratio_p50: number;
  ratio_p99: number;
  lost: number;
  /** Messages that a lower tier of the fallback chain answered. */
  lower_tiers: number;
}

/** The time that contacts wait for a reply when a process is killed while it handles their message. */
export const recovery: Benchmark = {
  name: "recovery",
  description: `kill -9 of worker, Temporal, PostgreSQL and Redis, ${KILLS} times each, with messages in flight; about 15 minutes`,
  async measure({ sandbox, progress, quick }: BenchOptions) {
    const cpuSoFar = watchCpu(sandbox);
    const { calm, courses } = await measureAll(sandbox, quick ? 2 : KILLS, (text) => progress.tick(text));
    const ok = courses.every(
      ({ in_flight: { p99_s: p99 }, target_p99_s: bar, lost }) => p99 <= bar && lost === 0,
    );
    const on = machine(sandbox);
    const disturbed = cpuSoFar()["others"] ?? 0;
    const report = { ok, bench: "recovery", machine: on, disturbed_by_cores: disturbed, calm, courses };
    const about = `A turn without a kill: p50 ${calm.p50_ms} ms, p95 ${calm.p95_ms} ms, ${MODEL_MS} of them the model. Other processes used ${disturbed} cores.`;
    return { report, lines: [machineLine(on), about, ...tableOf(courses)] };
  },
};

async function measureAll(sandbox: Sandbox, kills: number, reportProgress: (text: string) => void) {
  await prepareDatabase(sandbox);
  const installation = await openBenchInstallation(sandbox, {
    name: "recovery",
    processes: ["api", "worker"],
  });
  const bench = { sandbox, installation, load: createInboundLoad() };
  try {
    await slowModel(sandbox);
    reportProgress("  turns without a kill");
    // The first turns are a warm-up.
    await calmTurns(bench);
    const calm = await calmTurns(bench);
    const courses: CourseReport[] = [];
    for (const course of COURSES)
      courses.push(await measureCourse(bench, course, { calm, kills, reportProgress }));
    return { calm, courses };
  } finally {
    await sandbox.end("worker-2", "SIGKILL");
    await installation.close();
  }
}

async function slowModel({ urls }: Sandbox): Promise<void> {
  const script = [{ match: { path: "/v1/responses" }, times: null, fault: { delay_ms: MODEL_MS } }];
  const headers = { "content-type": "application/json" };
  const request = { method: "POST", headers, body: JSON.stringify({ script }) };
  const response = await fetch(`${urls.openai}/__control/faults`, request);
  if (!response.ok) throw new Error(`The fake rejected the fault script: ${await response.text()}`);
}

async function calmTurns({ installation, load }: RecoverySetup) {
  const messages = await load.make("webhook", CALM_MESSAGES, installation);
  const requests = messages.map(({ request }) => request);
  await openLoop(installation.config.PUBLIC_BASE_URL, requests, CALM_RATE_PER_S);
  await awaitQuiet({ installation });
  const ids = messages.map(({ providerMessageId }) => providerMessageId);
  return await readReplyTimes(installation.db, ids);
}

async function awaitQuiet({ installation: { db } }: Pick<RecoverySetup, "installation">): Promise<void> {
  const isQuiet = async () => (await countOpen(db).catch(() => 1)) === 0;
  await eventually("rest", isQuiet, QUIET_WITHIN_MS);
}

interface CourseContext {
  calm: { p50_ms: number };
  kills: number;
  reportProgress(text: string): void;
}

async function measureCourse(
  bench: RecoverySetup,
  course: RecoveryCourse,
  { calm, kills, reportProgress }: CourseContext,
): Promise<CourseReport> {
  const { name, target, ...kill } = course;
  if (!kill.restarts) await bench.installation.startAnother(`${kill.victim}-2`, "worker");
  const [first, inFlight]: [number[], number[]] = [[], []];
  let [lost, lowerTiers] = [0, 0];
  for (let i = 0; i < kills; i++) {
    reportProgress(`  ${name}: kill ${i + 1} of ${kills}`);
    const seen = await killOnce(bench, { ...kill, afterMs: (i * SPREAD_MS) / kills });
    first.push(...seen.inFlightMs.slice(0, 1));
    inFlight.push(...seen.inFlightMs);
    lost += seen.lost;
    lowerTiers += seen.lowerTiers;
    await awaitQuiet(bench);
  }
  if (!kill.restarts) await bench.sandbox.end(`${kill.victim}-2`, "SIGKILL");
  const all = quantiles(inFlight);
  const ratio = (seconds: number) => Number(((seconds * 1_000) / calm.p50_ms).toFixed(2));
  return {
    course: name,
    kills,
    target_p99_s: target,
    first_turn: quantiles(first),
    in_flight: { messages: inFlight.length, ...all },
    ratio_p50: ratio(all.p50_s),
    ratio_p99: ratio(all.p99_s),
    lost,
    lower_tiers: lowerTiers,
  };
}

function quantiles(ms: readonly number[]): Quantiles {
  if (ms.length === 0)
    throw new Error("No message was in flight at any kill, so there are no valid figures.");
  const sorted = ms.toSorted((a, b) => a - b);
  const at = (share: number) => Number((quantile(sorted, share) / 1_000).toFixed(2));
  return { p50_s: at(0.5), p95_s: at(0.95), p99_s: at(0.99) };
}

function tableOf(courses: readonly CourseReport[]): string[] {
  const cells = (values: readonly (string | number)[]) =>
    values.map((value) => String(value).padStart(10)).join("");
  const row = ({ course, first_turn: first, in_flight: all, target_p99_s: bar, ...rest }: CourseReport) =>
    course.padEnd(28) +
    cells([all.messages, first.p50_s, first.p95_s, first.p99_s, all.p50_s, all.p95_s, all.p99_s, bar]) +
    cells([rest.ratio_p50, rest.ratio_p99, rest.lost, rest.lower_tiers]);
  const head = [
    "messages",
    "first p50",
    "p95",
    "p99",
    "all p50",
    "p95",
    "p99",
    "bar",
    "x p50",
    "x p99",
    "lost",
    "lower tier",
  ];
  return [
    `${"kill -9 of".padEnd(28)}${cells(head)}`,
    ...courses.map(row),
    "Seconds from the kill; x: multiples of a turn without a kill.",
  ];
}
