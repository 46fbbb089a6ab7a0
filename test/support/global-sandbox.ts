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
    /** The log of PostgreSQL. Null where this run uses a running server. */
    postgresLog: string | null;
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
  const isOurs = sandbox.pidOf("postgres") !== null;
  if (isOurs) await runAsAdmin(config.DATABASE_URL, STOP_FLUSHING);
  await migrateAll(config, () => undefined);
  await ingestDocuments(config, { folder: SAMPLE, onDocument: () => undefined });
  if (isOurs) await runAsAdmin(config.DATABASE_URL, refuseConnections(config.DATABASE_URL));
  project.provide("sandboxEnv", sandbox.env);
  project.provide("postgresLog", isOurs ? join(dataDir, "logs", "postgres.log") : null);
  return async () => {
    await sandbox.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
}

/** No test kills the shared server, and each test file creates and drops a database: half of the flushes of the run are theirs. */
const STOP_FLUSHING = ["ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"];

/** A database with an open connection cannot be cloned, and PostgreSQL delays new connections while it waits for that. */
function refuseConnections(databaseUrl: string): string[] {
  return [`ALTER DATABASE ${new URL(databaseUrl).pathname.slice(1)} ALLOW_CONNECTIONS false`];
}

async function runAsAdmin(databaseUrl: string, statements: readonly string[]): Promise<void> {
  const url = new URL(databaseUrl);
  url.pathname = "/postgres";
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}
