type Step = (...args: never[]) => Promise<unknown>;

/** Remembers which activities run in this process, so that a stall of the event loop names its likely cause. */
export function createRunningSteps() {
  const running = new Map<string, number>();
  const recent = new Set<string>();

  function trackStep<T extends Step>(name: string, step: T): T {
    const runTracked = async (...args: Parameters<T>) => {
      running.set(name, (running.get(name) ?? 0) + 1);
      recent.add(name);
      try {
        return await step(...args);
      } finally {
        const others = (running.get(name) ?? 1) - 1;
        if (others === 0) running.delete(name);
        else running.set(name, others);
      }
    };
    return runTracked as T;
  }

  return {
    trackSteps<T extends object>(steps: T): T {
      const tracked = Object.entries(steps).map(([name, step]) => [name, trackStep(name, step as Step)]);
      return Object.fromEntries(tracked) as T;
    },
    /** The steps that ran since the last call, also those that have ended. */
    takeSteps(): string[] {
      const steps = [...recent];
      recent.clear();
      for (const name of running.keys()) recent.add(name);
      return steps;
    },
  };
}
