import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { openFailingFsync } from "../../environment/failing-fsync.ts";
import type { SmallDisk } from "../../environment/small-disk.ts";
import type { CampaignContext } from "../../run-under-load.ts";
import { processesOf } from "../../shape.ts";
import type { DiskName, Disks } from "./small-disks.ts";

/** More than PostgreSQL keeps in advance (`min_wal_size`, 80 MB in segments of 16 MB). */
const SEGMENTS = 20;
export const LAST_PAGE_MS = 20_000;
const NO_SPACE = /No space left on device|database or disk is full|SQLITE_FULL/g;

interface FaultStep {
  name: string;
  /** Returns how often the fault had an effect. */
  run(context: CampaignContext, disks: Disks, ms: number): Promise<number>;
}

export const STEPS: readonly FaultStep[] = [
  { name: "full disk of logs", run: fullLogs },
  {
    name: "full disk of temporal",
    run: (context, disks, ms) => fullStore(context, disks, { name: "temporal", ms }),
  },
  {
    name: "full disk of postgres",
    run: (context, disks, ms) => fullStore(context, disks, { name: "postgres", ms }),
  },
  { name: "full disk of spool", run: fullSpool },
  { name: "failing fsync of postgres", run: failingSync },
];

/**
 * The effect is a log line that was not written: the first line after the fault says how many. PostgreSQL is stopped, because then each
 * process logs at least one line a second and soon uses up the last page of the log file.
 */
async function fullLogs({ faultSandbox, shape }: CampaignContext, disks: Disks, ms: number): Promise<number> {
  const disk = diskOf(disks, "logs");
  disk.fill();
  await faultSandbox.sandbox.end("postgres", "SIGKILL");
  await sleep(Math.max(ms, LAST_PAGE_MS));
  disk.free();
  await sleep(3_000);
  await faultSandbox.sandbox.restart("postgres");
  return processesOf(shape)
    .map(({ name }) =>
      occurrences(join(faultSandbox.dataDir, "logs", `${name}.log`), /log lines could not be written/g),
    )
    .reduce((sum, times) => sum + times, 0);
}

/** The effects are the errors in the log of the server. A server that ended is restarted when the disk has space. */
async function fullStore(
  { faultSandbox: { sandbox, dataDir, config } }: CampaignContext,
  disks: Disks,
  { name, ms }: { name: "postgres" | "temporal"; ms: number },
): Promise<number> {
  const log = join(dataDir, "logs", `${name}.log`);
  const before = occurrences(log, NO_SPACE);
  const disk = diskOf(disks, name);
  if (name === "temporal") emptyLog(join(dataDir, "temporal-disk", "temporal.db"));
  disk.fill();
  // The rest of the current log segment would last longer than the fault.
  if (name === "postgres") await useUpLog(config.DATABASE_URL);
  await sleep(ms);
  disk.free();
  await sleep(1_000);
  const errors = occurrences(log, NO_SPACE) - before;
  await sandbox.restart(name);
  return errors;
}

/** Each switch starts a new segment, until no segment can be created. */
async function useUpLog(url: string): Promise<void> {
  for (let i = 0; i < SEGMENTS; i++) {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: 500,
      query_timeout: 2_000,
    });
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.query("SELECT pg_logical_emit_message(true, 'parley', 'x'), pg_switch_wal()");
    } catch {
      return;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

/** After a checkpoint with TRUNCATE, SQLite needs disk space for its next log entry. Without it, SQLite overwrites the log from its start. */
function emptyLog(file: string): void {
  const database = new DatabaseSync(file);
  try {
    database.exec("PRAGMA busy_timeout = 2000; PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    database.close();
  }
}

/** Both stores are unavailable and the spool is full: every post is rejected with 503. */
async function fullSpool(
  { faultSandbox, loader }: CampaignContext,
  disks: Disks,
  ms: number,
): Promise<number> {
  const { sandbox } = faultSandbox;
  const disk = diskOf(disks, "spool");
  const from = Date.now();
  disk.fill();
  await Promise.all(["postgres", "temporal"].map((name) => sandbox.end(name, "SIGKILL")));
  await sleep(ms);
  // Later posts are rejected because no store is available, and not because the disk is full.
  const until = Date.now();
  disk.free();
  await Promise.all(["postgres", "temporal"].map((name) => sandbox.restart(name)));
  return loader.offered
    .flatMap(({ attempts }) => attempts)
    .filter(({ at, endedAt, status }) => at >= from && endedAt <= until && status === 503).length;
}

async function failingSync(
  { faultSandbox: { sandbox } }: CampaignContext,
  _disks: Disks,
  ms: number,
): Promise<number> {
  const failing = await openFailingFsync(sandbox.pidOf("postgres") ?? 0);
  await sleep(ms);
  const hits = await failing.stop();
  await sandbox.restart("postgres");
  return hits;
}

function diskOf(disks: Disks, name: DiskName): SmallDisk {
  const disk = disks.get(name);
  if (disk === undefined) throw new Error(`There is no disk for ${name}.`);
  return disk;
}

function occurrences(file: string, pattern: RegExp): number {
  if (!existsSync(file) || statSync(file).size === 0) return 0;
  return readFileSync(file, "utf8").match(pattern)?.length ?? 0;
}
