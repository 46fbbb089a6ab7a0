import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { migrate } from "../../db/migrate/migrate.ts";
import { freePort } from "../../infra/sandbox/ports.ts";
import { createPostgresService } from "../../infra/sandbox/services/postgres-service.ts";
import type { Progress } from "../../infra/sandbox/progress.ts";
import { createSupervisor } from "../../infra/sandbox/processes/supervisor.ts";

export interface EmptyDatabase {
  url: string;
  close(): Promise<void>;
}

/** Creates a database with the schema and no rows: on the given server, or on a PostgreSQL that is started for it and stopped with it. */
export async function openEmptyDatabase(
  serverUrl: string | undefined,
  progress: Progress,
): Promise<EmptyDatabase> {
  const server =
    serverUrl === undefined ? await startServer(progress) : { url: serverUrl, stop: async () => undefined };
  const name = `parley_check_${randomBytes(6).toString("hex")}`;
  const url = withDatabase(server.url, name);
  try {
    await run(server.url, `CREATE DATABASE ${name}`);
    progress.tick("The schema is created");
    await migrate(url);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    url,
    async close() {
      await run(server.url, `DROP DATABASE ${name} WITH (FORCE)`);
      await server.stop();
    },
  };
}

async function startServer(progress: Progress) {
  progress.tick("PostgreSQL starts");
  const dataDir = mkdtempSync(join(tmpdir(), "parley-check-"));
  const supervisor = createSupervisor({ dataDir, onLeftover: () => undefined });
  const { spec, url, home } = createPostgresService({ dataDir, port: await freePort() });
  const stop = async () => {
    await supervisor.endAll();
    for (const folder of [home, dataDir]) rmSync(folder, { recursive: true, force: true });
  };
  try {
    await supervisor.start(spec);
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function run(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: withDatabase(url, "postgres") });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function withDatabase(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
