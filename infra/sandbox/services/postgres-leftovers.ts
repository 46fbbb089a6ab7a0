import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

const GONE_WITHIN_MS = 10_000;

export interface PostgresCluster {
  folder: string;
  /** The setting `cluster_name`. It is part of the title of every process of the server, which every user may read. */
  name: string;
}

/**
 * Makes a start possible after kill -9. A busy backend survives its server and keeps the shared memory, and the lock file of the server
 * contains a process id that may belong to another process now. Both prevent the next start. A server that is still alive is not ended:
 * Postgres itself reports it.
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
  // If no process has that id, Postgres detects it itself and checks its shared memory too.
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

/** Its children have titles. Only the server itself keeps its command line, which contains the folder. */
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
