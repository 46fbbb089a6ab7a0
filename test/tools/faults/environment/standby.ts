import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import pg from "pg";
import { freePort } from "../../../../infra/sandbox/ports.ts";
import { clearPostgresLeftovers } from "../../../../infra/sandbox/services/postgres-leftovers.ts";
import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";
import { type Forwarder, forwardTcp } from "./forward-tcp.ts";

export type Commitment = "synchronous" | "asynchronous";

export interface Standby {
  /** The URL of the promoted standby. */
  url: string;
  port: number;
  /** The bytes of the log of the primary that the standby has not flushed. */
  lagBytes(): Promise<number>;
  /** Stops the network between primary and standby, so that the lag grows. */
  pauseReplication(): void;
  /** Promotes the standby; resolves when it accepts writes. */
  promote(): Promise<void>;
  close(): Promise<void>;
}

const NAME = "parley_standby";
/** Files of a running process, or files that the server creates at its start. A copy of them would be wrong. */
const NOT_COPIED = ["postmaster.pid", "postmaster.opts", "pg_replslot/*", "pg_wal/*"];
const PROMOTED_WITHIN_S = 30;

/**
 * Starts a second server that follows the server of the sandbox by streaming replication. The embedded server has no pg_basebackup, so the
 * files are copied between `pg_backup_start` and `pg_backup_stop`. The replication slot is created first and keeps the log that the copy needs.
 */
export async function startStandby(sandbox: Sandbox, url: string, commitment: Commitment): Promise<Standby> {
  const primary = new pg.Client({ connectionString: url });
  await primary.connect();
  try {
    const port = await freePort();
    const { rows } = await primary.query<{ folder: string }>(
      "SELECT current_setting('data_directory') AS folder",
    );
    const folder = rows[0]?.folder ?? "";
    const copy = `${folder}-standby`;
    rmSync(copy, { recursive: true, force: true });
    await primary.query("SELECT pg_create_physical_replication_slot($1, true)", [NAME]);
    await copyCluster(primary, folder, copy);
    const { hostname: host, port: primaryPort, username } = new URL(url);
    const link = await forwardTcp({ from: { host, port: 0 }, to: { host, port: Number(primaryPort) } });
    const primaryConnection = `host=${host} port=${link.port} user=${username} application_name=${NAME}`;
    writeFileSync(join(copy, "standby.signal"), "");
    const settings = [
      `primary_conninfo=${primaryConnection}`,
      `primary_slot_name=${NAME}`,
      `cluster_name=${NAME}`,
    ];
    await startServer(sandbox, { folder, copy, port, settings });
    if (commitment === "synchronous")
      await primary.query(`ALTER SYSTEM SET synchronous_standby_names = '${NAME}'`);
    await primary.query("SELECT pg_reload_conf()");
    await untilStreaming(primary, commitment);
    const standbyUrl = Object.assign(new URL(url), { port: String(port) }).href;
    return {
      url: standbyUrl,
      port,
      lagBytes: () => lagBytes(url),
      pauseReplication: () => link.pause(),
      promote: () => promote(standbyUrl, link),
      close: () => link.close(),
    };
  } finally {
    await primary.end();
  }
}

async function copyCluster(primary: pg.Client, folder: string, copy: string): Promise<void> {
  await primary.query("SELECT pg_backup_start('standby', true)");
  // A file that disappears during the copy is created or removed again from the log, so status 1 is not a failure.
  const excluded = NOT_COPIED.flatMap((path) => ["--exclude", `./${path}`]);
  const tar = `mkdir -m 700 "$2" && tar -C "$1" ${excluded.map((word) => `'${word}'`).join(" ")} --warning=no-file-changed --warning=no-file-removed --ignore-failed-read -cf - . | tar -C "$2" -xf -`;
  const copied = spawnSync("sh", ["-c", tar, "sh", folder, copy], { encoding: "utf8" });
  const stopped = await primary.query<{ labelfile: string }>("SELECT labelfile FROM pg_backup_stop(false)");
  if (copied.status !== 0) throw new Error(`The files of the database could not be copied: ${copied.stderr}`);
  writeFileSync(join(copy, "backup_label"), stopped.rows[0]?.labelfile ?? "");
  const { uid, gid } = statSync(folder);
  spawnSync("chown", ["-R", `${uid}:${gid}`, copy]);
}

/** Starts the program of the running server with the same settings, on other files and another port. */
async function startServer(
  sandbox: Sandbox,
  { folder, copy, port, settings }: { folder: string; copy: string; port: number; settings: string[] },
): Promise<void> {
  const [command = "", ...args] = readFileSync(`/proc/${sandbox.pidOf("postgres")}/cmdline`, "utf8")
    .split("\0")
    .filter((word) => word !== "");
  const { uid, gid } = statSync(folder);
  const own = args.map((arg, i) => ({ "-D": copy, "-p": String(port) })[args[i - 1] ?? ""] ?? arg);
  const answers = async () => {
    const client = new pg.Client({ host: "127.0.0.1", port, user: "parley", database: "parley" });
    await client.connect();
    await client.end();
    return true;
  };
  await sandbox.start({
    name: "standby",
    command,
    args: [...own, ...settings.flatMap((setting) => ["-c", setting])],
    env: { ...(process.env as Record<string, string>), LC_ALL: "C" },
    cwd: dirname(folder),
    uid,
    gid,
    endWith: "SIGINT",
    prepare: () => clearPostgresLeftovers({ folder: copy, name: NAME }),
    isReady: answers,
  });
}

async function untilStreaming(primary: pg.Client, commitment: Commitment): Promise<void> {
  const wanted = commitment === "synchronous" ? "sync" : "async";
  for (const deadline = Date.now() + 30_000; Date.now() < deadline;) {
    const { rowCount } = await primary.query(
      "SELECT FROM pg_stat_replication WHERE application_name = $1 AND state = 'streaming' AND sync_state = $2",
      [NAME, wanted],
    );
    if (rowCount === 1) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`The standby does not follow with sync_state ${wanted}.`);
}

async function lagBytes(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ lag: string | null }>(
      "SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), flush_lsn) AS lag FROM pg_stat_replication WHERE application_name = $1",
      [NAME],
    );
    return Math.max(0, Number(rows[0]?.lag ?? 0));
  } finally {
    await client.end();
  }
}

async function promote(url: string, link: Forwarder): Promise<void> {
  await link.close();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ done: boolean }>("SELECT pg_promote(true, $1) AS done", [
      PROMOTED_WITHIN_S,
    ]);
    if (rows[0]?.done !== true) throw new Error("The standby did not become the primary.");
  } finally {
    await client.end();
  }
}
