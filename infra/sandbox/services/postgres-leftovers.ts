import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

const GONE_WITHIN_MS = 10_000;

export interface PostgresCluster {
  folder: string;
  /** The setting `cluster_name`: every process of the server shows it in its title, which anybody may read. */
  name: string;
}

/**
 * Clears the way for a start after kill -9. A backend that was busy lives on without its server and keeps the shared memory, and the
 * server's lock file names a process number that may belong to somebody else by now; each would refuse the next start. A server that
 * is alive here is not ours to end: Postgres itself then says so.
 */
export async function clearPostgresLeftovers(cluster: PostgresCluster): Promise<void> {
  if (!existsSync("/proc/self/stat")) return;
  const deadline = Date.now() + GONE_WITHIN_MS;
  for (let left = orphansOf(cluster); left.length > 0 && Date.now() < deadline; left = orphansOf(cluster)) {
    for (const pid of left) killProcess(pid);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const lock = join(cluster.folder, "postmaster.pid");
  const pid = Number(read(lock).split("\n")[0]);
  // Where nobody has that number, Postgres finds out itself and looks for its shared memory as well.
  if (pid > 0 && existsSync(`/proc/${pid}`) && !isServer(pid, cluster)) rmSync(lock);
}

function orphansOf(cluster: PostgresCluster): number[] {
  const pids = readdirSync("/proc").map(Number).filter(Number.isInteger);
  return pids.filter((pid) => {
    if (!read(`/proc/${pid}/cmdline`).startsWith(`postgres: ${cluster.name}: `)) return false;
    const parent = /^PPid:\s*(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1];
    return !isServer(Number(parent), cluster);
  });
}

/** Its children have titles; the server alone keeps its command line, which names the folder. */
function isServer(pid: number, { folder }: PostgresCluster): boolean {
  return read(`/proc/${pid}/cmdline`).split("\0").includes(folder);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}
