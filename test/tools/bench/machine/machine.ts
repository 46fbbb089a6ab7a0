import { spawnSync } from "node:child_process";
import { cpus, loadavg } from "node:os";
import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";

export type Machine = ReturnType<typeof machine>;

/** The machine of the measurement, without which the figures mean nothing. */
export function machine(sandbox: Sandbox) {
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? "unknown",
    node: process.version,
    temporal: temporalVersion(sandbox),
    /** The load average of the last minute. A value well above the load of the benchmark shows that other processes were active. */
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
