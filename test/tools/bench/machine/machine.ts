import { spawnSync } from "node:child_process";
import { cpus, loadavg } from "node:os";
import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";

export type Machine = ReturnType<typeof machine>;

/** What figures were taken on: they mean nothing without it. */
export function machine(sandbox: Sandbox) {
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? "unknown",
    node: process.version,
    temporal: temporalVersion(sandbox),
    /** Of the last minute: well above what the benchmark itself makes, others were at work. */
    load_average: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
}

export function machineLine({ cores, cpu, node, temporal }: Machine): string {
  return `${cores} cores, ${cpu}, Node ${node}, ${temporal}`;
}

function temporalVersion(sandbox: Sandbox): string {
  const pid = sandbox.pidOf("temporal");
  const binary = pid === null ? "temporal" : `/proc/${pid}/exe`;
  return spawnSync(binary, ["--version"], { encoding: "utf8" }).stdout?.trim() ?? "unknown";
}
