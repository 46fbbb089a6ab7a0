import type { BenchOptions, Benchmark } from "../benchmark.ts";
import { machine, machineLine } from "../machine/machine.ts";
import { createDatabase, serverClock } from "../pipeline/servers/bench-servers.ts";
import { startContestant } from "../pipeline/contestants/contestant-child.ts";
import { latency, median, round } from "../pipeline/figures.ts";
import { openTemporal } from "../pipeline/servers/open-temporal.ts";
import { capacity, type Cost, fleetFor } from "./capacity-model.ts";
import { type FleetSample, GROUPS, measureFleet, type RunningFleet } from "./measure-fleet.ts";
import { type Fleet, FLEETS } from "./scale-processes.ts";
import { openPostgresSettings } from "../server-settings/postgres-settings.ts";

const WHOLE = { rounds: 4, seconds: 6 };
const QUICK = { rounds: 1, seconds: 2 };
/** The limit for the relative error of the model. */
const BARS = { model_error_max: 0.3 };
const THOUSAND_PER_S = 1_000;

/** Measures one and two workers, and checks that the cost with one predicts the throughput of two. */
export const scale: Benchmark = {
  name: "scale",
  description: `1 and 2 workers in turn, ${WHOLE.rounds} rounds, and a model of the cores that 1,000 messages a second need; about 2 minutes`,
  async measure({ sandbox, progress, server, quick }: BenchOptions) {
    const temporal = await openTemporal(sandbox, { server, progress });
    const url = sandbox.env["DATABASE_URL"] ?? "";
    const postgres = openPostgresSettings(url);
    const databaseUrl = await createDatabase(url, "bench_scale");
    const servers = serverClock(sandbox, temporal.service);
    const pace = quick ? QUICK : WHOLE;
    const samples: Record<Fleet, FleetSample[]> = { one: [], two: [] };
    const fleets = {
      one: await startFleet("one", { temporalAddress: temporal.address, databaseUrl, servers }),
      two: await startFleet("two", { temporalAddress: temporal.address, databaseUrl, servers }),
    };
    const before = await postgres.written();
    let messages = 0;
    // The first round is a warm-up and does not count.
    for (let i = 0; i <= pace.rounds; i++) {
      for (const fleet of ["one", "two"] as const) {
        progress.tick(`  round ${i} of ${pace.rounds}: ${FLEETS[fleet]} worker(s)`);
        const sample = await measureFleet(fleets[fleet], pace.seconds);
        messages += sample.latenciesMs.length;
        if (i > 0) samples[fleet].push(sample);
      }
    }
    const after = await postgres.written();
    for (const { workers, ingress } of Object.values(fleets))
      await Promise.all([...workers, ingress].map((child) => child.end()));
    await postgres.close();
    const on = machine(sandbox);
    const written = {
      transactions_per_message: round((after.transactions - before.transactions) / messages),
      wal_syncs_per_message: round((after.walSyncs - before.walSyncs) / messages),
      wal_kb_per_message: round((after.walBytes - before.walBytes) / 1024 / messages),
    };
    const report = {
      bench: "scale",
      machine: on,
      temporal_server: temporal.about,
      rounds_kept: pace.rounds,
      bars: BARS,
      ...judge(samples, on.cores),
      postgres_writes: written,
    };
    await temporal.close();
    return { report, lines: [machineLine(on), ...table(report)] };
  },
};

async function startFleet(
  fleet: Fleet,
  {
    temporalAddress,
    databaseUrl,
    servers,
  }: { temporalAddress: string; databaseUrl: string } & Pick<RunningFleet, "servers">,
): Promise<RunningFleet> {
  const places = {
    temporalAddress,
    databaseUrl,
    redisUrl: "",
    restateIngressUrl: "",
    restateAdminUrl: "",
    ownPort: 0,
  };
  const workers = Array.from(
    { length: FLEETS[fleet] },
    async () => await startContestant(`worker_of_${fleet}`, places),
  );
  return {
    workers: await Promise.all(workers),
    ingress: await startContestant(`ingress_of_${fleet}`, places),
    servers,
  };
}

/** The model uses the measurement of one worker only. It must predict the throughput of one and two workers on the cores that they had. */
function judge({ one, two }: Record<Fleet, FleetSample[]>, cores: number) {
  const cost: Cost = {
    cpu: Object.fromEntries(GROUPS.map((group) => [group, median(one.map(({ cpu }) => cpu[group]))])),
    threadMs: median(one.map(({ threadMs }) => threadMs)),
  };
  const fleets = [one, two].map((samples, i) => {
    const workers = i + 1;
    const left = cores - median(samples.map(({ othersCores }) => othersCores));
    const model = capacity(cost, { cores: left, workers });
    const measured = median(samples.map(({ messagesPerS }) => messagesPerS));
    return {
      workers,
      messages_per_s: measured,
      cpu_ms_per_message_by_group: Object.fromEntries(
        GROUPS.map((group) => [group, median(samples.map(({ cpu }) => cpu[group]))]),
      ),
      used_cores: median(samples.map(({ usedCores }) => usedCores)),
      busiest_worker_thread: median(samples.map(({ threadBusy }) => threadBusy)),
      latency_p50_ms: latency(samples.map(({ latenciesMs }) => latenciesMs)).latency_p50_ms,
      modelled_messages_per_s: round(model.messagesPerS),
      model_error: round(Math.abs(model.messagesPerS / measured - 1)),
      limit: model.limit,
      disturbed_by_cores: median(samples.map(({ othersCores }) => othersCores)),
    };
  });
  const { workers, cores: need } = fleetFor(cost, THOUSAND_PER_S);
  return {
    ok: fleets.every(({ model_error: error }) => error <= BARS.model_error_max),
    fleets,
    per_1000_messages_per_s: {
      cores: Object.fromEntries(Object.entries(need).map(([name, each]) => [name, round(each)])),
      cores_total: round(Object.values(need).reduce((sum, each) => sum + each, 0)),
      worker_processes: workers,
      worker_thread_ms_per_message: cost.threadMs,
    },
  };
}

interface Report extends ReturnType<typeof judge> {
  temporal_server: string;
  postgres_writes: Record<
    "transactions_per_message" | "wal_syncs_per_message" | "wal_kb_per_message",
    number
  >;
}

function table({
  temporal_server: server,
  fleets,
  per_1000_messages_per_s: need,
  postgres_writes: writes,
}: Report) {
  const entries = (values: Record<string, number>) =>
    Object.entries(values)
      .map(([name, value]) => `${name} ${value}`)
      .join(", ");
  return [
    `Temporal: ${server}`,
    ...fleets.map(
      (each) =>
        `${each.workers} worker(s): ${each.messages_per_s} messages/s, modelled ${each.modelled_messages_per_s} (${Math.round(each.model_error * 100)} % off, bar ${BARS.model_error_max * 100} %), limit: ${each.limit}; ${each.used_cores} cores used, ${each.disturbed_by_cores} by others, busiest thread of a worker ${each.busiest_worker_thread}; CPU-ms of a message: ${entries(each.cpu_ms_per_message_by_group)}`,
    ),
    `1,000 messages a second: ${need.cores_total} cores (${entries(need.cores)}), ${need.worker_processes} worker processes, since one thread of each spends ${need.worker_thread_ms_per_message} ms on a message`,
    `PostgreSQL: ${writes.transactions_per_message} transactions, ${writes.wal_syncs_per_message} waits for the disk and ${writes.wal_kb_per_message} KB of write-ahead log a message`,
  ];
}
