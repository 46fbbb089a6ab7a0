import { cpuMs, machineCpuMs, threadsCpuMs } from "../machine/cpu-clock.ts";
import type { serverClock } from "../pipeline/servers/bench-servers.ts";
import type { ContestantChild } from "../pipeline/contestants/contestant-child.ts";

/** Enough messages in flight that no worker waits for work. */
const IN_FLIGHT_PER_WORKER = 40;

export interface FleetSample {
  messagesPerS: number;
  /** CPU-ms per message, by process. */
  cpu: Record<(typeof GROUPS)[number], number>;
  /** CPU-ms per message on the busiest thread of one worker, which cannot use several cores. */
  threadMs: number;
  /** The share of the time in which that thread was busy. */
  threadBusy: number;
  usedCores: number;
  othersCores: number;
  latenciesMs: number[];
}

export const GROUPS = ["worker", "ingress", "temporal", "postgres"] as const;

export interface RunningFleet {
  workers: readonly ContestantChild[];
  ingress: ContestantChild;
  servers: ReturnType<typeof serverClock>;
}

export async function measureFleet(
  { workers, ingress, servers }: RunningFleet,
  seconds: number,
): Promise<FleetSample> {
  const read = () => ({
    groups: [
      workers.reduce((sum, { pid }) => sum + cpuMs(pid), 0),
      cpuMs(ingress.pid),
      servers.cpuMs("temporal"),
      servers.cpuMs("postgres"),
    ],
    threads: workers.map(({ pid }) => threadsCpuMs(pid)),
    machine: machineCpuMs(),
  });
  const [before, begin] = [read(), performance.now()];
  const inFlight = IN_FLIGHT_PER_WORKER * workers.length;
  const { messages, elapsedMs, latenciesMs } = await ingress.load({
    kind: "full",
    inFlight,
    seconds,
    modelMs: 0,
  });
  const [after, tookMs] = [read(), performance.now() - begin];
  const used = after.groups.map((ms, i) => ms - (before.groups[i] ?? 0));
  const busiest = Math.max(
    ...after.threads.flatMap((threads, i) =>
      [...threads].map(([thread, ms]) => ms - (before.threads[i]?.get(thread) ?? 0)),
    ),
  );
  const spent = used.reduce((sum, ms) => sum + ms, 0);
  return {
    messagesPerS: (messages * 1000) / elapsedMs,
    cpu: Object.fromEntries(
      GROUPS.map((group, i) => [group, (used[i] ?? 0) / messages]),
    ) as FleetSample["cpu"],
    threadMs: (busiest * workers.length) / messages,
    threadBusy: busiest / tookMs,
    usedCores: spent / tookMs,
    othersCores: Math.max(0, (after.machine - before.machine - spent) / tookMs),
    latenciesMs,
  };
}
