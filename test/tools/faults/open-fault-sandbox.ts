import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import { connectPostgres, type Database } from "../../../db/connection/postgres.ts";
import { freePorts } from "../../../infra/sandbox/ports.ts";
import type { Progress } from "../../../infra/sandbox/progress.ts";
import { type Sandbox, startSandbox } from "../../../infra/sandbox/sandbox.ts";
import { ingestDocuments } from "../../../infra/cli/tasks/ingest-documents.ts";
import { migrateAll } from "../../../infra/cli/tasks/migrate.ts";
import { type Config, loadConfig } from "../../../infra/runtime/config/config.ts";
import { recordDepartures } from "./environment/departures.ts";
import { clearInstallationSettings } from "../../support/clear-settings.ts";

const PARLEY = fileURLToPath(new URL("../../../infra/cli/parley.ts", import.meta.url));
const SAMPLE = fileURLToPath(new URL("../../../infra/sandbox/sample/knowledge", import.meta.url));

/** One Parley process: the arguments of `parley`, and its own settings. */
export interface ParleyProcess {
  name: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** A prefix of the command, for example to run it in a network namespace. The process keeps its pid. */
  commandPrefix?: readonly string[];
}

export interface FaultSandbox {
  /** Starts, ends and restarts servers and Parley processes by name. */
  sandbox: Sandbox;
  /** The settings of all Parley processes, without the own settings of single processes. */
  config: Config;
  env: Readonly<Record<string, string>>;
  /** A direct connection to the database, without a proxy. */
  readonly db: Database;
  /** Connects `db` to another database after a fail-over. */
  useDatabase(url: string): Promise<void>;
  dataDir: string;
  /** Starts a Parley process, or replaces the one of that name. Resolves when it is ready. */
  startProcess(process: ParleyProcess): Promise<void>;
  /** Copies the logs of all processes. */
  keepLogs(folder: string): void;
  /** Registers the undo of a change to this machine. It runs after all processes have ended and before the data is deleted. */
  undoAtClose(undo: () => void): void;
  close(): Promise<void>;
}

export interface FaultSandboxOptions {
  progress: Progress;
  /** Settings for all Parley processes. */
  env?: Readonly<Record<string, string>>;
  /** Empty when the campaign starts them itself with `startProcess`. */
  processes: readonly ParleyProcess[];
}

/** Starts servers, fakes and Parley processes. Each is a separate process that can be killed, with its own ports and data. */
export async function openFaultSandbox({
  progress,
  env: settings = {},
  processes,
}: FaultSandboxOptions): Promise<FaultSandbox> {
  clearInstallationSettings();
  const dataDir = mkdtempSync(join(tmpdir(), "parley-faults-"));
  const sandbox = await startSandbox({ dataDir, progress, ports: "free" });
  try {
    const [port] = await freePorts(1);
    const env = { ...sandbox.env, ...NO_LIMITS, PORT: String(port), ...settings };
    const config = loadConfig(env);
    await migrateAll(config, () => undefined);
    await ingestDocuments(config, { folder: SAMPLE, onDocument: () => undefined });
    const undoSteps: (() => void)[] = [];
    let db = connectLedger(config.DATABASE_URL);
    await trackCommitTimes(sandbox, db);
    const startProcess = async ({
      name,
      args,
      env: own = {},
      commandPrefix = [],
    }: ParleyProcess): Promise<void> => {
      const processEnv = { ...env, ...recordDepartures(dataDir), ...own };
      const isApi = args[0] === "api";
      const [command = "", ...rest] = [...commandPrefix, process.execPath, PARLEY, ...args];
      await sandbox.end(name);
      await sandbox.start({
        name,
        command,
        args: rest,
        env: processEnv,
        isReady: isApi ? () => isReady(loadConfig(processEnv).PUBLIC_BASE_URL) : async () => true,
        // Long, because other test runs may share the machine.
        readyWithinMs: 90_000,
      });
    };
    for (const each of processes) await startProcess(each);
    return {
      sandbox,
      config,
      env,
      get db() {
        return db;
      },
      async useDatabase(url) {
        await db.$client.end();
        db = connectLedger(url);
      },
      dataDir,
      startProcess,
      keepLogs: (folder) => cpSync(join(dataDir, "logs"), folder, { recursive: true }),
      async close() {
        await db.$client.end();
        await sandbox.stop();
        for (const undo of undoSteps) undo();
        rmSync(dataDir, { recursive: true, force: true });
      },
      undoAtClose: (undo) => void undoSteps.push(undo),
    };
  } catch (error) {
    await sandbox.stop();
    rmSync(dataDir, { recursive: true, force: true });
    throw error;
  }
}

/** Limits of an installation must not hide the effects of faults. Campaigns about limits set their own. */
const NO_LIMITS = {
  LOG_LEVEL: "warn",
  PARLEY_DAILY_BUDGET_USD: "100000",
  PARLEY_CONTACT_RATE_PER_MINUTE: "10000",
  PARLEY_CONTACT_RATE_BURST: "10000",
  PARLEY_TENANT_RATE_PER_MINUTE: "1000000",
  PARLEY_TENANT_RATE_BURST: "100000",
};

function connectLedger(url: string): Database {
  return connectPostgres({
    url,
    maxConnections: 4,
    applicationName: "parley-faults",
    statementTimeoutMs: 30_000,
    onError: () => undefined,
  });
}

async function isReady(url: string): Promise<boolean> {
  return (await fetch(`${url}/livez`)).ok;
}

/** Lets the ledger read the commit time of a row. */
async function trackCommitTimes(sandbox: Sandbox, db: Database): Promise<void> {
  await db.execute(sql`ALTER SYSTEM SET track_commit_timestamp = on`);
  await sandbox.restart("postgres");
}
