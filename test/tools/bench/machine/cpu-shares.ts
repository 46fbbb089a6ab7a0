import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";
import { cpuMs, machineCpuMs } from "./cpu-clock.ts";

const PARTS = ["api", "worker", "temporal", "postgres", "redis", "fakes"] as const;

/** Cores that each process kept busy on average; `others` is what did not belong to the benchmark. */
export type CpuShares = Record<string, number>;

/** Begins to watch; what it returns says what was used since then. */
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

/** The servers are children of the benchmark's own process, which is asked for itself alone. */
function usedBy(name: string, pid: number): number {
  if (name !== "load") return cpuMs(pid);
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
