import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connectPostgres } from "../../db/postgres.ts";
import { freePort } from "../../infra/dev/ports.ts";
import { silentProgress } from "../../infra/dev/progress.ts";
import { startStack } from "../../infra/dev/stack.ts";
import { migrateAll } from "../../infra/ops/migrate.ts";
import { loadConfig } from "../../infra/runtime/config.ts";

const PARLEY = fileURLToPath(new URL("../../infra/ops/parley.ts", import.meta.url));

/** Ingress and worker as processes of their own ("api", "worker") on servers of their own: whatever a test wants to kill. `settings` go to both. */
export async function openProcesses(settings: Readonly<Record<string, string>> = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), "parley-processes-"));
  const stack = await startStack({ dataDir, progress: silentProgress, ports: "free" });
  const env = { ...stack.env, PORT: String(await freePort()), LOG_LEVEL: "warn", ...settings };
  const config = loadConfig(env);
  await migrateAll(config, () => undefined);
  const start = (name: string, isReady: () => Promise<boolean>) =>
    stack.start({ name, command: process.execPath, args: [PARLEY, name], env, isReady });
  await start("api", async () => (await fetch(`${config.PUBLIC_BASE_URL}/readyz`)).ok);
  await start("worker", async () => true);
  const db = connectPostgres({
    url: config.DATABASE_URL,
    maxConnections: 2,
    applicationName: "test",
    onError: () => undefined,
  });
  return {
    stack,
    config,
    db,
    async close(): Promise<void> {
      await db.$client.end();
      await stack.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export type Processes = Awaited<ReturnType<typeof openProcesses>>;
