import { existsSync, mkdirSync } from "node:fs";
import { isListening } from "../ports.ts";
import type { Progress } from "../progress.ts";
import type { ServiceSpec } from "../processes/supervisor.ts";
import { findOnPath, runProgram } from "../programs/run-program.ts";

/** A Redis server's program, installed on Debian where that is allowed; null means that Parley runs in its degraded mode. */
export async function findRedisBinary(progress: Progress): Promise<string | null> {
  const found = findOnPath("redis-server", process.env) ?? findOnPath("valkey-server", process.env);
  if (found !== null) return found;
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return null;
  progress.step("Redis: installing redis-server with apt-get, once");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  try {
    await runProgram("apt-get", ["update", "-qq"], env);
    // policy-rc.d is not ours to write; the service that may start listens on 6379, ours on another port.
    await runProgram("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "redis-server"], env);
  } catch {
    return null;
  }
  return findOnPath("redis-server", process.env);
}

/** Nothing is written to disk: what Redis holds may be lost at any time, by design. */
export function createRedisService({
  binary,
  port,
  dir,
}: {
  binary: string;
  port: number;
  dir: string;
}): ServiceSpec {
  mkdirSync(dir, { recursive: true });
  return {
    name: "redis",
    command: binary,
    args: ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", dir],
    isReady: () => isListening(port),
  };
}
