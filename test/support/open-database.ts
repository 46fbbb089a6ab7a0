import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { connectPostgres } from "../../db/connection/postgres.ts";
import { loadConfig } from "../../infra/runtime/config/config.ts";
import { createConfiguredVault } from "../../infra/runtime/encryption/vault.ts";
import { TEST_CONNECT_MS } from "./await-connection.ts";
import { cloneDatabase } from "./clone-database.ts";

/** Opens a separate database for one test file, with schema, accounts and sample documents, and its vault. */
export async function openDatabase(name: string, { maxConnections = 4 }: { maxConnections?: number } = {}) {
  const env = inject("sandboxEnv");
  const database = await cloneDatabase(
    env["DATABASE_URL"] ?? "",
    `${name}_${randomBytes(4).toString("hex")}`,
  );
  const common = {
    maxConnections,
    applicationName: "test",
    connectTimeoutMs: TEST_CONNECT_MS,
    onError: () => undefined,
  };
  const db = connectPostgres({ url: database.url, ...common });
  return {
    url: database.url,
    db,
    vault: createConfiguredVault(loadConfig(env)),
    async close(): Promise<void> {
      await db.$client.end();
      await database.drop();
    },
  };
}

export type OpenDatabase = Awaited<ReturnType<typeof openDatabase>>;
