import type { BenchOptions, Benchmark } from "../benchmark.ts";
import { createPipelineCharts } from "../charts/pipeline-charts.ts";
import { machine, machineLine } from "../machine/machine.ts";
import { checkTargets, type Results } from "./targets.ts";
import { openBenchServers, type BenchServers } from "./servers/bench-servers.ts";
import { startContestant, type ContestantChild } from "./contestants/contestant-child.ts";
import { installPeers } from "./contestants/peers.ts";
import { CONTESTANT_NAMES, CONTESTANTS, type ContestantName, isPeer } from "./contestants/registry.ts";
import { DURABILITY } from "./servers/durability.ts";
import { figuresOf } from "./figures.ts";
import {
  measureFull,
  measureRound,
  measureSlowModel,
  type Pace,
  type Round,
  type SlowModelRound,
} from "./measure-contestant.ts";
import { measureRealSteps } from "./measure-real-steps.ts";
import { openTemporal } from "./servers/open-temporal.ts";
import { pipelineTable } from "./table.ts";
import { peerVersions } from "./servers/versions.ts";

/** At the common rate, 102 messages of each contestant in all. With fewer, the p99 would be the maximum. */
const WHOLE: Pace = { rounds: 3, fullSeconds: 4, halfSeconds: 3, commonSeconds: 8.5, slowSeconds: 6 };
const QUICK: Pace = { rounds: 1, fullSeconds: 1, halfSeconds: 1, commonSeconds: 2, slowSeconds: 2 };

/** The time for the remaining work of the warm-up. */
const QUIET_MS = 2_000;
const IDLE_MS = 3_000;

/** The name of the part with the product itself. */
const REAL_STEPS = "real_steps";

/** The cost of seven durable steps in Parley, in other shapes of Temporal, with other engines, and without durability. */
export const pipeline: Benchmark = {
  name: "pipeline",
  parts: [...CONTESTANT_NAMES, REAL_STEPS],
  description: `${CONTESTANT_NAMES.length} ways to run the seven steps of a message, ${WHOLE.rounds} rounds of all in turn, then the real steps; about 12 minutes`,
  async measure(options: BenchOptions) {
    const { sandbox, progress, quick, server, only } = options;
    const pace = quick ? QUICK : WHOLE;
    const temporal = await openTemporal(sandbox, { server, progress });
    const names = CONTESTANT_NAMES.filter((name) => only === null || only.has(name));
    if (names.some(isPeer)) await installPeers(progress);
    const servers = await openBenchServers(sandbox, { temporal, progress });
    const contest = await measureContest(servers, {
      names,
      pace,
      reportProgress: (text) => progress.tick(text),
    });
    await servers.close();
    const real = { temporal, quick, reportProgress: (text: string) => progress.tick(text) };
    const realSteps = only === null || only.has(REAL_STEPS) ? await measureRealSteps(sandbox, real) : [];
    await temporal.close();
    const targets = checkTargets(contest.results);
    const report = {
      // A requested contestant that did not run must not count as slower.
      ok: Object.values(targets).every(({ ok }) => ok) && Object.keys(contest.not_run).length === 0,
      bench: "pipeline",
      machine: machine(sandbox),
      versions: peerVersions(),
      temporal_server: temporal.about,
      durability: DURABILITY,
      rounds_kept: pace.rounds,
      targets,
      ...contest,
      real_steps: realSteps,
    };
    return {
      report,
      lines: [machineLine(report.machine), ...pipelineTable(report)],
      charts: createPipelineCharts(report.results),
    };
  },
};

export type PipelineReport = Awaited<ReturnType<typeof pipeline.measure>>["report"];

interface Contest {
  names: readonly ContestantName[];
  pace: Pace;
  reportProgress(text: string): void;
}

/** Runs all contestants in turn, round after round, so that a disturbance affects all of them. */
async function measureContest(servers: BenchServers, { names, pace, reportProgress }: Contest) {
  const notRun: Partial<Record<ContestantName, string>> = {};
  const children = new Map<ContestantName, ContestantChild>();
  const forEachContestant = async (
    what: string,
    measure: (name: ContestantName, child: ContestantChild) => Promise<void>,
  ) => {
    for (const [name, child] of children) {
      reportProgress(`  ${what}: ${name}`);
      await measure(name, child).catch((error: Error) => {
        notRun[name] = error.message;
        children.delete(name);
      });
    }
  };
  for (const name of names) {
    reportProgress(`  starting ${name}`);
    await open(name, servers).then(
      (child) => children.set(name, child),
      (error: Error) => (notRun[name] = error.message),
    );
  }
  // The first round warms all caches and does not count.
  await forEachContestant(
    "warm-up",
    async (name, child) => void (await measureFull({ name, child, servers }, pace.fullSeconds)),
  );
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  const idle = await servers.watchIdle(IDLE_MS);
  const rounds = new Map<ContestantName, Round[]>();
  for (let round = 1; round <= pace.rounds; round++) {
    await forEachContestant(`round ${round} of ${pace.rounds}`, async (name, child) => {
      rounds.set(name, [...(rounds.get(name) ?? []), await measureRound({ name, child, servers }, pace)]);
    });
  }
  const slow = new Map<ContestantName, SlowModelRound>();
  await forEachContestant("model of 800 ms", async (name, child) => {
    slow.set(name, await measureSlowModel({ name, child, servers }, pace));
  });
  await Promise.all([...children.values()].map((child) => child.end()));
  const results: Results = {};
  for (const [name, last] of slow) results[name] = figuresOf(name, rounds.get(name) ?? [], last);
  return {
    /** CPU-ms a second of the idle servers with all contestants open. The cost of messages excludes it. */
    idle_cpu_ms_per_s: idle,
    results,
    not_run: notRun,
  };
}

async function open(name: ContestantName, servers: BenchServers): Promise<ContestantChild> {
  for (const server of CONTESTANTS[name].servers) {
    const why = servers.absent[server];
    if (why !== undefined) throw new Error(`no ${server}: ${why}`);
  }
  return await startContestant(name, await servers.placesOf(name));
}
