import { fileURLToPath } from "node:url";
import { connectPostgres, type Database } from "../../db/postgres.ts";
import { freePort } from "../../infra/dev/ports.ts";
import type { Stack } from "../../infra/dev/stack.ts";
import { ingest } from "../../infra/ops/ingest.ts";
import { migrateAll } from "../../infra/ops/migrate.ts";
import { type Config, loadConfig } from "../../infra/runtime/config.ts";
import { cloneDatabase } from "../support/clone-database.ts";

const PARLEY = fileURLToPath(new URL("../../infra/ops/parley.ts", import.meta.url));
const SAMPLE = fileURLToPath(new URL("../../infra/dev/sample/knowledge", import.meta.url));

export interface BenchInstallation {
  config: Config;
  db: Database;
  /** One more process of this installation, under a name of its own; whoever starts it ends it. */
  startAnother(name: string, part: "api" | "worker"): Promise<void>;
  close(): Promise<void>;
}

/** Schema, accounts and sample documents, once; installations are clones of it. */
export async function prepareDatabase(stack: Stack): Promise<void> {
  const config = loadConfig(stack.env);
  await migrateAll(config, () => undefined);
  await ingest(config, { folder: SAMPLE, onDocument: () => undefined });
}

/**
 * Ingress and worker as processes of their own, "api" and "worker", with their own database and task queues: what the one before left
 * undone is nobody's work any more.
 */
export async function openBenchInstallation(
  stack: Stack,
  { name, processes }: { name: string; processes: readonly ("api" | "worker")[] },
): Promise<BenchInstallation> {
  const database = await cloneDatabase(stack.env["DATABASE_URL"] ?? "", `bench_${name}`);
  const env = {
    ...stack.env,
    DATABASE_URL: database.url,
    PARLEY_TASK_QUEUE: `bench-${name}`,
    PORT: String(await freePort()),
    // Nobody reads histories here, and two installations would want the same port.
    CODEC_SERVER_PORT: "",
  };
  const config = loadConfig(env);
  const ready = {
    api: async () => (await fetch(`${config.PUBLIC_BASE_URL}/readyz`)).ok,
    worker: async () => true,
  };
  const start = async (part: "api" | "worker", called: string = part) => {
    const args = [PARLEY, part];
    await stack.start({ name: called, command: process.execPath, args, env, isReady: ready[part] });
  };
  for (const part of processes) await start(part);
  const db = connectPostgres({
    url: database.url,
    maxConnections: 4,
    applicationName: "parley-bench",
    onError: () => undefined,
  });
  return {
    config,
    db,
    startAnother: async (called, part) => await start(part, called),
    async close(): Promise<void> {
      await db.$client.end();
      // Killed, since what they still do is of no interest: in order, a worker waits for its last activities.
      for (const part of processes) await stack.end(part, "SIGKILL");
    },
  };
}
