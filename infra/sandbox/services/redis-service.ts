import { existsSync, mkdirSync } from "node:fs";
import { isListening } from "../ports.ts";
import type { Progress } from "../progress.ts";
import type { ServiceSpec } from "../processes/supervisor.ts";
import { findOnPath, runProgram } from "../programs/run-program.ts";

/** The program of a Redis server. On Debian, root installs it. Null: Parley runs without Redis. */
export async function findRedisBinary(progress: Progress): Promise<string | null> {
  const found = findOnPath("redis-server", process.env) ?? findOnPath("valkey-server", process.env);
  if (found !== null) return found;
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return null;
  progress.step("Redis: installing redis-server with apt-get, once");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  try {
    await runProgram("apt-get", ["update", "-qq"], env);
    // The package may start its own service on 6379. Ours uses another port.
    await runProgram("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "redis-server"], env);
  } catch {
    return null;
  }
  return findOnPath("redis-server", process.env);
}

/** Writes nothing to disk: Parley may lose the content of Redis at any time, by design. */
export function createRedisService({
  binary,
  port,
  dir,
}: {
  binary: string;
  port: number;
  dir: string;
}): ServiceSpec {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return {
    name: "redis",
    command: binary,
    args: ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", dir],
    isReady: () => isListening(port),
  };
}
