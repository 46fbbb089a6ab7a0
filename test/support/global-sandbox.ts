import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { consoleProgress } from "../../infra/sandbox/progress.ts";
import { startSandbox } from "../../infra/sandbox/sandbox.ts";
import { ingestDocuments } from "../../infra/cli/tasks/ingest-documents.ts";
import { migrateAll } from "../../infra/cli/tasks/migrate.ts";
import { loadConfig } from "../../infra/runtime/config/config.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Settings of the shared servers. */
    sandboxEnv: Record<string, string>;
  }
}

const SAMPLE = fileURLToPath(new URL("../../infra/sandbox/sample/knowledge", import.meta.url));

/** Starts one set of real servers for the whole run. Each test file clones its own database from the database of these. */
export default async function setup(project: TestProject) {
  const dataDir = mkdtempSync(join(tmpdir(), "parley-test-"));
  const sandbox = await startSandbox({ dataDir, progress: consoleProgress(), ports: "free" });
  if (sandbox.env["REDIS_URL"] === undefined) {
    await sandbox.stop();
    throw new Error("The tests need a Redis server: install redis-server, or set REDIS_URL.");
  }
  const config = loadConfig(sandbox.env);
  if (sandbox.pidOf("postgres") !== null) await stopFlushing(config.DATABASE_URL);
  await migrateAll(config, () => undefined);
  await ingestDocuments(config, { folder: SAMPLE, onDocument: () => undefined });
  project.provide("sandboxEnv", sandbox.env);
  return async () => {
    await sandbox.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
}

/** No test kills the shared server, and each test file creates and drops a database: half of the flushes of the run are theirs. */
async function stopFlushing(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query("ALTER SYSTEM SET fsync = off");
  await client.query("SELECT pg_reload_conf()");
  await client.end();
}
