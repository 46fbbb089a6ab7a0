import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connectPostgres } from "../../db/connection/postgres.ts";
import { freePort } from "../../infra/sandbox/ports.ts";
import { silentProgress } from "../../infra/sandbox/progress.ts";
import { startSandbox } from "../../infra/sandbox/sandbox.ts";
import { migrateAll } from "../../infra/cli/tasks/migrate.ts";
import { TEST_CONNECT_MS } from "./await-connection.ts";
import { loadConfig } from "../../infra/runtime/config/config.ts";

const PARLEY = fileURLToPath(new URL("../../infra/cli/parley.ts", import.meta.url));

/** Starts ingress and worker as separate processes ("api", "worker") with separate servers, which a test may kill. `settings` apply to both. */
export async function openProcesses(settings: Readonly<Record<string, string>> = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), "parley-processes-"));
  const sandbox = await startSandbox({ dataDir, progress: silentProgress, ports: "free" });
  const env = { ...sandbox.env, PORT: String(await freePort()), LOG_LEVEL: "warn", ...settings };
  const config = loadConfig(env);
  await migrateAll(config, () => undefined);
  const start = (name: string, isReady: () => Promise<boolean>) =>
    sandbox.start({ name, command: process.execPath, args: [PARLEY, name], env, isReady });
  await start("api", async () => (await fetch(`${config.PUBLIC_BASE_URL}/livez`)).ok);
  await start("worker", async () => true);
  const db = connectPostgres({
    url: config.DATABASE_URL,
    maxConnections: 2,
    applicationName: "test",
    connectTimeoutMs: TEST_CONNECT_MS,
    onError: () => undefined,
  });
  return {
    sandbox,
    config,
    db,
    async close(): Promise<void> {
      await db.$client.end();
      await sandbox.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export type Processes = Awaited<ReturnType<typeof openProcesses>>;
