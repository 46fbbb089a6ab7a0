import { fileURLToPath } from "node:url";
import { connectPostgres, type Database } from "../../../../db/connection/postgres.ts";
import { freePort } from "../../../../infra/sandbox/ports.ts";
import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";
import { ingestDocuments } from "../../../../infra/cli/tasks/ingest-documents.ts";
import { migrateAll } from "../../../../infra/cli/tasks/migrate.ts";
import { type Config, loadConfig } from "../../../../infra/runtime/config/config.ts";
import { cloneDatabase } from "../../../support/clone-database.ts";

const PARLEY = fileURLToPath(new URL("../../../../infra/cli/parley.ts", import.meta.url));
const SAMPLE = fileURLToPath(new URL("../../../../infra/sandbox/sample/knowledge", import.meta.url));

export interface BenchInstallation {
  config: Config;
  db: Database;
  /** Starts one more process of this installation under another name. The caller ends it. */
  startAnother(name: string, service: "api" | "worker"): Promise<void>;
  close(): Promise<void>;
}

/** Prepares schema, accounts and sample documents once. Installations clone this database. */
export async function prepareDatabase(sandbox: Sandbox): Promise<void> {
  const config = loadConfig(sandbox.env);
  await migrateAll(config, () => undefined);
  await ingestDocuments(config, { folder: SAMPLE, onDocument: () => undefined });
}

/**
 * Starts ingress and worker as separate processes, "api" and "worker", with their own database and task queues, so that no work of an
 * earlier installation runs.
 */
export async function openBenchInstallation(
  sandbox: Sandbox,
  {
    name,
    processes,
    settings = {},
  }: {
    name: string;
    processes: readonly ("api" | "worker")[];
    settings?: Readonly<Record<string, string>>;
  },
): Promise<BenchInstallation> {
  const database = await cloneDatabase(sandbox.env["DATABASE_URL"] ?? "", `bench_${name}`);
  const env = {
    ...sandbox.env,
    DATABASE_URL: database.url,
    PARLEY_TASK_QUEUE: `bench-${name}`,
    PORT: String(await freePort()),
    // No codec server, because two installations would use the same port.
    CODEC_SERVER_PORT: "",
    ...settings,
  };
  const config = loadConfig(env);
  const ready = {
    api: async () => (await fetch(`${config.PUBLIC_BASE_URL}/readyz`)).ok,
    worker: async () => true,
  };
  const start = async (service: "api" | "worker", processName: string = service) => {
    const args = [PARLEY, service];
    await sandbox.start({ name: processName, command: process.execPath, args, env, isReady: ready[service] });
  };
  for (const service of processes) await start(service);
  const db = connectPostgres({
    url: database.url,
    maxConnections: 4,
    applicationName: "parley-bench",
    onError: () => undefined,
  });
  return {
    config,
    db,
    startAnother: async (processName, service) => await start(service, processName),
    async close(): Promise<void> {
      await db.$client.end();
      // Killed, because a graceful end waits for the last activities.
      for (const service of processes) await sandbox.end(service, "SIGKILL");
    },
  };
}
