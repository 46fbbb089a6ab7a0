import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { consoleProgress } from "../../infra/dev/progress.ts";
import { startStack } from "../../infra/dev/stack.ts";
import { ingest } from "../../infra/ops/ingest.ts";
import { migrateAll } from "../../infra/ops/migrate.ts";
import { loadConfig } from "../../infra/runtime/config.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Settings of the shared servers. */
    stackEnv: Record<string, string>;
  }
}

const SAMPLE = fileURLToPath(new URL("../../infra/dev/sample/knowledge", import.meta.url));

/** One set of real servers for the whole run; each test file takes a database of its own, cloned from this one's. */
export default async function setup(project: TestProject) {
  const dataDir = mkdtempSync(join(tmpdir(), "parley-test-"));
  const stack = await startStack({ dataDir, progress: consoleProgress(), ports: "free" });
  if (stack.env["REDIS_URL"] === undefined) {
    await stack.stop();
    throw new Error("The tests need a Redis server: install redis-server, or set REDIS_URL.");
  }
  const config = loadConfig(stack.env);
  await migrateAll(config, () => undefined);
  await ingest(config, { folder: SAMPLE, onDocument: () => undefined });
  project.provide("stackEnv", stack.env);
  return async () => {
    await stack.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
}
