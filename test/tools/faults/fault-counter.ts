/** Counts the faults that really happened, kind by kind, and remembers which were planned. */
export function createFaultCounter() {
  const counts = new Map<string, number>();
  return {
    /** A kind that the campaign must see at least once. */
    plan(kind: string): void {
      counts.set(kind, counts.get(kind) ?? 0);
    },
    fired(kind: string, times = 1): void {
      counts.set(kind, (counts.get(kind) ?? 0) + times);
    },
    counts: (): Record<string, number> => Object.fromEntries(counts),
    /** A campaign without any fault shows nothing either. */
    notFired: (): string[] =>
      counts.size === 0
        ? ["any fault"]
        : [...counts].filter(([, times]) => !(times > 0)).map(([kind]) => kind),
    total: (): number => [...counts.values()].reduce((sum, times) => sum + times, 0),
  };
}

export type FaultCounter = ReturnType<typeof createFaultCounter>;
