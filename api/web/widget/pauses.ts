const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/** 0.5 s, 1 s, 2 s … 15 s, each plus or minus a quarter, so that clients do not return at the same time. */
export function backoffMs(attempt: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt) * (0.75 + Math.random() / 2);
}

/** Pauses that end early when the page is online or visible again. */
export function createPauses() {
  const sleepers = new Set<() => void>();
  return {
    async pause(ms: number): Promise<void> {
      await new Promise<void>((resolve) => {
        const wake = () => {
          sleepers.delete(wake);
          resolve();
        };
        sleepers.add(wake);
        if (ms !== Infinity) setTimeout(wake, ms);
      });
    },
    wakeUp: () => sleepers.forEach((wake) => wake()),
  };
}

export type Pauses = ReturnType<typeof createPauses>;
