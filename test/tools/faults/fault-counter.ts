/** Counts the faults that fired by kind, and keeps the planned kinds. */
export function createFaultCounter() {
  const counts = new Map<string, number>();
  const missed = new Set<string>();
  return {
    /** Adds a kind that must fire at least once. */
    plan(kind: string): void {
      counts.set(kind, counts.get(kind) ?? 0);
    },
    fired(kind: string, times = 1): void {
      counts.set(kind, (counts.get(kind) ?? 0) + times);
    },
    /** A fault that was there and hit nothing, because nothing passed in its time. It is reported, and need not fire. */
    missed(kind: string): void {
      missed.add(kind);
      if (counts.get(kind) === 0) counts.delete(kind);
    },
    missedKinds: (): string[] => [...missed],
    counts: (): Record<string, number> => Object.fromEntries(counts),
    /** The planned kinds that did not fire. A campaign without any fault proves nothing. */
    notFired: (): string[] =>
      counts.size === 0
        ? ["any fault"]
        : [...counts].filter(([, times]) => !(times > 0)).map(([kind]) => kind),
    total: (): number => [...counts.values()].reduce((sum, times) => sum + times, 0),
  };
}

export type FaultCounter = ReturnType<typeof createFaultCounter>;
