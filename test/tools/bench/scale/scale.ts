import { cpus } from "node:os";
import type { BenchOptions, Benchmark } from "../benchmark.ts";
import { machine, machineLine } from "../machine/machine.ts";
import { openTemporal } from "../pipeline/servers/open-temporal.ts";
import { openRevision } from "../real-steps/open-revision.ts";
import { ROOT } from "../real-steps/real-steps.ts";
import { openPostgresSettings } from "../server-settings/postgres-settings.ts";
import { buildModel } from "./build-model.ts";
import { listChecks } from "./checks.ts";
import { openClosedLoop } from "./closed-loop.ts";
import { formatScale } from "./format-scale.ts";
import { IN_FLIGHT, judgeScale, type MeasuredScale } from "./judge-scale.ts";
import { addressOf, type MeasuredFleet, measureStations } from "./measure-stations.ts";
import { createSlowStations, type SlowStations } from "./slow-stations.ts";

type Load = keyof typeof IN_FLIGHT;
const WHOLE = { rounds: 3, seconds: 6, warmUpEach: 24 };
const QUICK = { rounds: 1, seconds: 2, warmUpEach: 3 };

/** The real steps as a network of stations: what each one takes of a message, and whether the model knows what a slower one does. */
export const scale: Benchmark = {
  name: "scale",
  description:
    "the real steps with one station slowed at a time, then with two workers, against a model of them; about 6 minutes",
  async measure(options: BenchOptions) {
    const { sandbox, dataDir, progress, server, quick } = options;
    const temporal = await openTemporal(sandbox, { server, progress });
    const own = { ...sandbox, env: { ...sandbox.env, TEMPORAL_ADDRESS: temporal.address } };
    const loop = await openClosedLoop();
    const stations = createSlowStations(own, dataDir);
    const revision = await openRevision(own, {
      name: "scale",
      root: ROOT,
      shape: "apart",
      eventsUrl: null,
      repliesUrl: loop.url,
      settings: stations.env,
    });
    const postgres = openPostgresSettings(revision.databaseUrl);
    const restoreTiming = await postgres.set({ track_wal_io_timing: "on" });
    const slow = await stations.open(revision.databaseUrl);
    const [, worker = ""] = revision.processes;
    const fleet = { sandbox: own, temporal: temporal.service, revision, workers: [worker], loop, postgres };
    const pace = quick ? QUICK : WHOLE;
    const measured = await measureAll({ fleet, slow, pace, progress });
    progress.tick("  two workers");
    const workers = [worker, await revision.addWorker()];
    await loop.warmUp(addressOf(fleet), { inFlight: IN_FLIGHT.many, messagesEach: pace.warmUpEach });
    const two = await measureStations(
      { ...fleet, workers },
      { inFlight: IN_FLIGHT.many, seconds: pace.seconds },
    );
    await slow.close();
    await restoreTiming();
    await postgres.close();
    await revision.close();
    loop.close();
    const on = machine(sandbox);
    const report = {
      bench: "scale",
      machine: on,
      temporal_server: temporal.about,
      ...judgeScale({ ...measured, two }, on.cores),
    };
    await temporal.close();
    return { report, lines: [machineLine(on), ...formatScale(report)] };
  },
};

interface Measuring {
  fleet: MeasuredFleet;
  slow: SlowStations;
  pace: typeof WHOLE;
  progress: BenchOptions["progress"];
}

async function measureAll({ fleet, slow, pace, progress }: Measuring): Promise<Omit<MeasuredScale, "two">> {
  const measure = async (load: Load) =>
    await measureStations(fleet, { inFlight: IN_FLIGHT[load], seconds: pace.seconds });
  progress.tick("  warm-up");
  await slow.slow({});
  await fleet.loop.warmUp(addressOf(fleet), { inFlight: IN_FLIGHT.many, messagesEach: pace.warmUpEach });
  progress.tick("  one message at a time, then many");
  const [alone, many] = [await measure("alone"), await measure("many")];
  const model = buildModel({ alone, many }, { cores: cpus().length, workers: 1 });
  const checks = listChecks(model, alone.commits).map((check) => ({
    check,
    perS: { few: [] as number[], many: [] as number[] },
  }));
  let othersCores = Math.max(alone.othersCores, many.othersCores);
  for (let i = 1; i <= pace.rounds; i++)
    for (const { check, perS } of checks) {
      progress.tick(`  round ${i} of ${pace.rounds}: slower ${check.name}`);
      await slow.slow(check.slowing);
      for (const load of ["few", "many"] as const) {
        const sample = await measure(load);
        perS[load].push(sample.messagesPerS);
        othersCores = Math.max(othersCores, sample.othersCores);
      }
    }
  await slow.slow({});
  return { alone, many, checks, othersCores };
}
