import { mkdirSync } from "node:fs";
import { isListening } from "../ports.ts";
import type { Progress } from "../progress.ts";
import type { ServiceSpec } from "../processes/supervisor.ts";
import { installPackages } from "../programs/apt-packages.ts";
import { findOnPath } from "../programs/run-program.ts";

/** The program of a Redis server. On Debian, root installs it. Null: Parley runs without Redis. */
export async function findRedisBinary(progress: Progress): Promise<string | null> {
  const found = findOnPath("redis-server", process.env) ?? findOnPath("valkey-server", process.env);
  if (found !== null) return found;
  progress.step("Redis: not installed, trying apt-get, once");
  await installPackages("redis-server");
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
