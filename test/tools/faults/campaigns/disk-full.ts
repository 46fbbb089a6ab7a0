import { setTimeout as sleep } from "node:timers/promises";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sql } from "drizzle-orm";
import pg from "pg";
import { createConfiguredVault } from "../../../../infra/runtime/encryption/vault.ts";
import type { Campaign, CampaignOptions, CampaignReport, Scale } from "../campaign.ts";
import { awaitWorkers } from "../environment/await-pollers.ts";
import { needProgram } from "../environment/debian-packages.ts";
import { openFailingFsync } from "../environment/failing-fsync.ts";
import { recordSpoolTimes, readSpoolTimes } from "../environment/spool-times.ts";
import { openSmallDisk, type SmallDisk } from "../environment/small-disk.ts";
import { replyTimeFigures } from "../ledger/reply-times.ts";
import { type FaultTime, recoveryTimes } from "../ledger/recovery-times.ts";
import { planMessages } from "../load/message-plan.ts";
import { DEFAULT_PROCESSES } from "../open-fault-sandbox.ts";
import { type CampaignContext, runUnderLoad } from "../run-under-load.ts";

interface Size {
  messages: number;
  fullMs: number;
}

const SIZES: Readonly<Record<Scale, Size>> = {
  short: { messages: 100, fullMs: 5_000 },
  full: { messages: 600, fullMs: 20_000 },
};
/** More than PostgreSQL keeps in advance (`min_wal_size`, 80 MB in segments of 16 MB). */
const SEGMENTS = 20;
const MEGABYTE = 1024 ** 2;
/** Room for the write-ahead log of a short run. */
const POSTGRES_ROOM = 300 * MEGABYTE;
const CHANNELS = ["webhook", "twilio-sms", "telegram", "slack"] as const;
const LAST_PAGE_MS = 20_000;
const RECOVERY_MS = 6_000;
const NO_SPACE = /No space left on device|database or disk is full|SQLITE_FULL/g;

type DiskName = "postgres" | "temporal" | "logs" | "spool";
type Disks = Map<DiskName, SmallDisk>;

/** The disks of the stores, the logs and the spool are full in turn, and then every fsync of PostgreSQL fails. */
export const diskFull: Campaign = {
  name: "disk-full",
  description:
    "small disks under Postgres, Temporal, logs and spool are filled, and fsync fails; about 4 minutes a seed",
  run: (options) => run(options, SIZES[options.scale]),
};

async function run(options: CampaignOptions, size: Size): Promise<CampaignReport> {
  await needProgram("strace", "strace", options.progress);
  const spool = mkdtempSync(join(tmpdir(), "parley-spool-"));
  recordSpoolTimes(spool);
  const disks: Disks = new Map();
  const faultTimes: FaultTime[] = [];
  try {
    return await runUnderLoad(options, {
      campaign: "disk-full",
      env: { SPOOL_DIR: spool, LOG_LEVEL: "info" },
      processes: [],
      async load(context) {
        await moveToSmallDisks(context, disks, spool);
        const durationMs = STEPS.length * (size.fullMs + RECOVERY_MS + 5_000) + LAST_PAGE_MS;
        const plan = {
          random: context.random.fork("load"),
          channels: CHANNELS,
          messages: size.messages,
          durationMs,
        };
        const load = context.loader.offer(planMessages(plan));
        for (const { name, run: inject } of STEPS) {
          context.progress.tick(`  disk-full: ${name} for ${size.fullMs / 1000} s`);
          context.faults.plan(name);
          // Many failed writes are one fault.
          context.faults.fired(name, (await inject(context, disks, size.fullMs)) > 0 ? 1 : 0);
          faultTimes.push({ kind: `heal_of_${name.replaceAll(" ", "_")}`, at: Date.now() });
          await sleep(RECOVERY_MS);
        }
        await load;
      },
      injectFaults: async () => undefined,
      durableElsewhere: ({ faultSandbox: { config } }) =>
        readSpoolTimes(spool, createConfiguredVault(config)),
      figures: (ledger) => [...recoveryTimes(ledger, faultTimes), ...replyTimeFigures(ledger)],
    });
  } finally {
    rmSync(spool, { recursive: true, force: true });
  }
}

async function moveToSmallDisks(
  { faultSandbox, temporal }: CampaignContext,
  disks: Disks,
  spool: string,
): Promise<void> {
  const { sandbox, dataDir, db } = faultSandbox;
  const mountSmallDisk = (name: DiskName, folder: string, room: number) => {
    const disk = openSmallDisk(folder, room);
    disks.set(name, disk);
    faultSandbox.undoAtClose(() => disk.close());
  };
  const { rows } = await db.execute<{ folder: string }>(
    sql`SELECT current_setting('data_directory') AS folder`,
  );
  // First, so that the servers that are started below write their logs to it.
  mountSmallDisk("logs", join(dataDir, "logs"), 4 * MEGABYTE);
  await sandbox.end("postgres");
  mountSmallDisk("postgres", dirname(rows[0]?.folder ?? ""), POSTGRES_ROOM);
  await sandbox.restart("postgres");
  await sandbox.end("temporal");
  const [file, folder] = [join(dataDir, "temporal.db"), join(dataDir, "temporal-disk")];
  mountSmallDisk("temporal", folder, 40 * MEGABYTE);
  for (const suffix of ["", "-wal", "-shm"].filter((each) => existsSync(file + each))) {
    cpSync(file + suffix, join(folder, `temporal.db${suffix}`));
    rmSync(file + suffix);
  }
  // SQLite writes its log next to the real file.
  symlinkSync(join(folder, "temporal.db"), file);
  await sandbox.restart("temporal");
  mountSmallDisk("spool", spool, 4 * MEGABYTE);
  for (const process of DEFAULT_PROCESSES) await faultSandbox.startProcess(process);
  await awaitWorkers(faultSandbox, temporal);
}

interface FaultStep {
  name: string;
  /** Returns how often the fault had an effect. */
  run(context: CampaignContext, disks: Disks, ms: number): Promise<number>;
}

const STEPS: readonly FaultStep[] = [
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
async function fullLogs({ faultSandbox }: CampaignContext, disks: Disks, ms: number): Promise<number> {
  const disk = diskOf(disks, "logs");
  disk.fill();
  await faultSandbox.sandbox.end("postgres", "SIGKILL");
  await sleep(Math.max(ms, LAST_PAGE_MS));
  disk.free();
  await sleep(3_000);
  await faultSandbox.sandbox.restart("postgres");
  return ["api", "worker", "model"]
    .map((name) =>
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
