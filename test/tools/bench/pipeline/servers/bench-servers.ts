import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { freePort } from "../../../../../infra/sandbox/ports.ts";
import type { Progress } from "../../../../../infra/sandbox/progress.ts";
import type { Sandbox } from "../../../../../infra/sandbox/sandbox.ts";
import { cpuMs } from "../../machine/cpu-clock.ts";
import { type ContestantName, type Server, SERVERS } from "../contestants/registry.ts";
import type { ServerAddresses } from "../contestants/contestant.ts";
import { durableRedisService } from "./durable-redis-service.ts";
import { restateService } from "./restate-service.ts";

/** Which part of the sandbox is meant: the Redis of the sandbox itself keeps nothing on disk. */
const PARTS: Readonly<Record<Exclude<Server, "temporal">, string>> = {
  postgres: "postgres",
  redis: "redis-durable",
  restate: "restate",
};

export type BenchServers = Awaited<ReturnType<typeof openBenchServers>>;

/** Starts the additional servers of the other engines. A server that cannot start is the reason why a contestant does not run. */
export async function openBenchServers(
  sandbox: Sandbox,
  { temporal, progress }: { temporal: { service: string; address: string }; progress: Progress },
) {
  const dir = mkdtempSync(join(tmpdir(), "parley-peers-"));
  const absent: Partial<Record<Server, string>> = {};
  const urls = { redisUrl: "", restateIngressUrl: "", restateAdminUrl: "" };
  const start = async (server: Server, open: () => Promise<void>) => {
    await open().catch((error: unknown) => {
      absent[server] = error instanceof Error ? error.message : String(error);
    });
  };
  await start("redis", async () => {
    const { spec, url } = await durableRedisService(join(dir, "redis"), progress);
    await sandbox.start(spec);
    urls.redisUrl = url;
  });
  await start("restate", async () => {
    const { spec, adminUrl, ingressUrl } = await restateService(join(dir, "restate"));
    await sandbox.start(spec);
    Object.assign(urls, { restateAdminUrl: adminUrl, restateIngressUrl: ingressUrl });
  });
  const clock = serverClock(sandbox, temporal.service);
  return {
    absent,
    ...clock,
    async placesOf(name: ContestantName): Promise<ServerAddresses> {
      const databaseUrl = await createDatabase(sandbox.env["DATABASE_URL"] ?? "", `bench_${name}`);
      return { temporalAddress: temporal.address, databaseUrl, ...urls, ownPort: await freePort() };
    },
    async close(): Promise<void> {
      await Promise.all(["restate", "redis-durable"].map((service) => sandbox.end(service)));
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** CPU time of servers without their idle use, which includes the pollers of other contestants. */
export function serverClock(sandbox: Sandbox, temporalPart: string) {
  const idle: Partial<Record<Server, number>> = {};
  const pids = new Map<Server, number>();
  const readCpu = (server: Server) => {
    const pid = sandbox.pidOf(server === "temporal" ? temporalPart : PARTS[server]);
    if (pid === null) return 0;
    // The time before its new start is lost, so it would look cheap.
    if ((pids.get(server) ?? pid) !== pid)
      throw new Error(`${server} was started again during the benchmark.`);
    pids.set(server, pid);
    return cpuMs(pid);
  };
  return {
    /** Only differences between two readings have a meaning. */
    cpuMs: (server: Server): number => readCpu(server) - (idle[server] ?? 0) * performance.now(),
    /** Measures the idle use for this time; returns CPU-ms a second. */
    async watchIdle(forMs: number): Promise<Record<Server, number>> {
      const before = SERVERS.map(readCpu);
      await new Promise((resolve) => setTimeout(resolve, forMs));
      const rates = SERVERS.map(
        (server, i) => [server, (readCpu(server) - (before[i] ?? 0)) / forMs] as const,
      );
      for (const [server, rate] of rates) idle[server] = rate;
      return Object.fromEntries(rates.map(([server, rate]) => [server, Math.round(rate * 1000)])) as Record<
        Server,
        number
      >;
    },
  };
}

export async function createDatabase(adminUrl: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  return Object.assign(new URL(adminUrl), { pathname: `/${name}` }).href;
}
