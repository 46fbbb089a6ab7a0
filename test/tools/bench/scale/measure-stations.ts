import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";
import { machineCpuMs, threadsCpuMs } from "../machine/cpu-clock.ts";
import { watchServices } from "../machine/service-clock.ts";
import type { OpenRevision } from "../real-steps/open-revision.ts";
import type { PostgresSettings } from "../server-settings/postgres-settings.ts";
import type { ClosedLoop, Ingress, LoopLoad, LoopResult } from "./closed-loop.ts";

/** Everything that one message occupies, measured under one load. */
export interface StationSample extends Omit<LoopResult, "messages"> {
  /** CPU-ms of a message by process; `load` is the benchmark itself. */
  cpu: Record<string, number>;
  /** CPU-ms of a message on the one thread that executes JavaScript. */
  threadMs: { ingress: number; worker: number };
  commits: { syncs: number; syncMs: number; transactions: number; walKb: number };
  /** Open connections by database. */
  connections: Record<string, number>;
  othersCores: number;
}

export interface MeasuredFleet {
  sandbox: Sandbox;
  /** The name of the Temporal service in the sandbox. */
  temporal: string;
  revision: OpenRevision;
  /** The names of the processes of the workers. */
  workers: readonly string[];
  loop: ClosedLoop;
  postgres: PostgresSettings;
}

/** What a caller needs for a signed webhook. */
export function addressOf({ revision }: MeasuredFleet): Ingress {
  return { PUBLIC_BASE_URL: revision.url, WEBHOOK_SECRET: revision.webhookSecret };
}

const SERVERS = ["postgres", "redis", "fakes"] as const;

export async function measureStations(fleet: MeasuredFleet, load: LoopLoad): Promise<StationSample> {
  const { messages, measured, ...result } = await fleet.loop.run(
    addressOf(fleet),
    load,
    async () => await watch(fleet),
  );
  const each = (total: number) => total / messages;
  return {
    ...result,
    cpu: Object.fromEntries(Object.entries(measured.cpu).map(([name, ms]) => [name, each(ms)])),
    threadMs: { ingress: each(measured.ingressThreadMs), worker: each(measured.workerThreadMs) },
    commits: {
      syncs: each(measured.writes.walSyncs),
      syncMs: measured.writes.walSyncMs / Math.max(1, measured.writes.walSyncs),
      transactions: each(measured.writes.transactions),
      walKb: each(measured.writes.walBytes / 1024),
    },
    connections: measured.connections,
    othersCores: measured.othersCores,
  };
}

/** Starts a measurement; the returned function ends it. */
async function watch({ sandbox, temporal, revision, workers, postgres }: MeasuredFleet) {
  const [api = ""] = revision.processes;
  const groups = [
    ["ingress", api],
    ["temporal", temporal],
    ...SERVERS.map((server) => [server, server] as const),
    ...workers.map((worker) => ["worker", worker] as const),
  ] as const;
  const servicesSoFar = watchServices(
    sandbox,
    groups.map(([, service]) => service),
  );
  const threadSoFar = [api, ...workers].map((service) => watchBusiestThread(sandbox.pidOf(service) ?? 0));
  const [begin, own, machine] = [performance.now(), ownCpuMs(), machineCpuMs()];
  const written = await postgres.written();
  return async () => {
    const used = servicesSoFar();
    const load = ownCpuMs() - own;
    const [ingressThreadMs = 0, ...workerThreadsMs] = threadSoFar.map((read) => read());
    const elapsed = performance.now() - begin;
    const ours = used.reduce((sum, ms) => sum + ms, load);
    const othersCores = Math.max(0, (machineCpuMs() - machine - ours) / elapsed);
    const cpu: Record<string, number> = { load };
    for (const [i, [group]] of groups.entries()) cpu[group] = (cpu[group] ?? 0) + (used[i] ?? 0);
    const end = await postgres.written();
    return {
      cpu,
      othersCores,
      ingressThreadMs,
      workerThreadMs: workerThreadsMs.reduce((sum, ms) => sum + ms, 0),
      writes: {
        transactions: end.transactions - written.transactions,
        walSyncs: end.walSyncs - written.walSyncs,
        walSyncMs: end.walSyncMs - written.walSyncMs,
        walBytes: end.walBytes - written.walBytes,
      },
      connections: await postgres.connections(),
    };
  };
}

function watchBusiestThread(pid: number): () => number {
  const before = threadsCpuMs(pid);
  return () => Math.max(...[...threadsCpuMs(pid)].map(([thread, ms]) => ms - (before.get(thread) ?? 0)));
}

/** CPU time of the process of the benchmark, without the servers, which are its children. */
function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
