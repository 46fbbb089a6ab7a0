/** The cost of one message by process, measured with one worker. */
export interface Cost {
  /** CPU-ms by process. */
  cpu: Readonly<Record<string, number>>;
  /** CPU-ms on the busiest thread of a worker. */
  threadMs: number;
}

export interface Capacity {
  messagesPerS: number;
  limit: "cores" | "worker thread";
}

/** All work can use all cores, except the work of one thread of a worker, which only more workers can spread. */
export function capacity(cost: Cost, { cores, workers }: { cores: number; workers: number }): Capacity {
  const byCores = (cores * 1000) / total(cost);
  const byThread = (workers * 1000) / cost.threadMs;
  return byCores <= byThread
    ? { messagesPerS: byCores, limit: "cores" }
    : { messagesPerS: byThread, limit: "worker thread" };
}

/** The number of workers and cores that a rate of messages needs. */
export function fleetFor(
  cost: Cost,
  messagesPerS: number,
): { workers: number; cores: Record<string, number> } {
  const cores = Object.entries(cost.cpu).map(([name, ms]) => [name, (ms * messagesPerS) / 1000]);
  return { workers: Math.ceil((messagesPerS * cost.threadMs) / 1000), cores: Object.fromEntries(cores) };
}

function total({ cpu }: Cost): number {
  return Object.values(cpu).reduce((sum, ms) => sum + ms, 0);
}
