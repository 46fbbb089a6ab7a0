import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";
import { cpuMs, machineCpuMs } from "./cpu-clock.ts";

const PARTS = ["api", "worker", "temporal", "postgres", "redis", "fakes"] as const;

/** The average number of cores that each process used; `others` is the use by processes outside the benchmark. */
export type CpuShares = Record<string, number>;

/** Starts a measurement. The returned function reads the use since then. */
export function watchCpu(sandbox: Sandbox): () => CpuShares {
  const pids = new Map<string, number>([["load", process.pid]]);
  for (const service of PARTS) {
    const pid = sandbox.pidOf(service);
    if (pid !== null) pids.set(service, pid);
  }
  const before = new Map([...pids].map(([name, pid]) => [name, usedBy(name, pid)]));
  const [machineBefore, begin] = [machineCpuMs(), performance.now()];
  return () => {
    const elapsed = performance.now() - begin;
    const used = [...pids].map(([name, pid]) => [name, usedBy(name, pid) - (before.get(name) ?? 0)] as const);
    const ours = used.reduce((sum, [, ms]) => sum + Math.max(0, ms), 0);
    const all = [...used, ["others", machineCpuMs() - machineBefore - ours] as const];
    return Object.fromEntries(
      all.map(([name, ms]) => [name, Number((Math.max(0, ms) / elapsed).toFixed(2))]),
    );
  };
}

/** The servers are children of the process of the benchmark, so its own time is read without its children. */
function usedBy(name: string, pid: number): number {
  if (name !== "load") return cpuMs(pid);
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
