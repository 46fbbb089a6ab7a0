import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { freePort } from "../../../infra/dev/ports.ts";
import type { Progress } from "../../../infra/dev/progress.ts";
import type { Stack } from "../../../infra/dev/stack.ts";
import { cpuMs } from "../cpu-clock.ts";
import { type ContestantName, type Server, SERVERS } from "./contestants.ts";
import type { Places } from "./contestant.ts";
import { durableRedisPart } from "./durable-redis-part.ts";
import { restatePart } from "./restate-part.ts";

/** Which part of the stack is meant: the Redis of the stack itself keeps nothing on disk. */
const PARTS: Readonly<Record<Exclude<Server, "temporal">, string>> = {
  postgres: "postgres",
  redis: "redis-durable",
  restate: "restate",
};

export type BenchServers = Awaited<ReturnType<typeof openBenchServers>>;

/** Starts what the peers need beside the stack. What cannot be had here is a reason why a contestant does not run. */
export async function openBenchServers(
  stack: Stack,
  { temporal, progress }: { temporal: { part: string; address: string }; progress: Progress },
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
    const { spec, url } = await durableRedisPart(join(dir, "redis"), progress);
    await stack.start(spec);
    urls.redisUrl = url;
  });
  await start("restate", async () => {
    const { spec, adminUrl, ingressUrl } = await restatePart(join(dir, "restate"));
    await stack.start(spec);
    Object.assign(urls, { restateAdminUrl: adminUrl, restateIngressUrl: ingressUrl });
  });
  const clock = serverClock(stack, temporal.part);
  return {
    absent,
    ...clock,
    async placesOf(name: ContestantName): Promise<Places> {
      const databaseUrl = await createDatabase(stack.env["DATABASE_URL"] ?? "", `bench_${name}`);
      return { temporalAddress: temporal.address, databaseUrl, ...urls, ownPort: await freePort() };
    },
    async close(): Promise<void> {
      await Promise.all(["restate", "redis-durable"].map((part) => stack.end(part)));
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** CPU time of servers, without what they use while nobody asks them: others' idle pollers among it. */
export function serverClock(stack: Stack, temporalPart: string) {
  const idle: Partial<Record<Server, number>> = {};
  const used = (server: Server) => {
    const pid = stack.pidOf(server === "temporal" ? temporalPart : PARTS[server]);
    return pid === null ? 0 : cpuMs(pid);
  };
  return {
    /** Differences count alone: the time when the clock began is nobody's. */
    cpuMs: (server: Server): number => used(server) - (idle[server] ?? 0) * performance.now(),
    /** Looks for so long how much they use now, with nothing to do; returns it in CPU-ms a second. */
    async watchIdle(forMs: number): Promise<Record<Server, number>> {
      const before = SERVERS.map(used);
      await new Promise((resolve) => setTimeout(resolve, forMs));
      const rates = SERVERS.map((server, i) => [server, (used(server) - (before[i] ?? 0)) / forMs] as const);
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
