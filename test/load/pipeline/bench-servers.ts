import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { freePort } from "../../../infra/dev/ports.ts";
import type { Progress } from "../../../infra/dev/progress.ts";
import type { Stack } from "../../../infra/dev/stack.ts";
import { cpuMs } from "../cpu-clock.ts";
import type { ContestantName, Server } from "./contestants.ts";
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
  return {
    absent,
    /** CPU time that a server has used so far, ms. */
    cpuMs(server: Server): number {
      const pid = stack.pidOf(server === "temporal" ? temporal.part : PARTS[server]);
      return pid === null ? 0 : cpuMs(pid);
    },
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

async function createDatabase(adminUrl: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  return Object.assign(new URL(adminUrl), { pathname: `/${name}` }).href;
}
