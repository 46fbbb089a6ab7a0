/** Work that runs in this process at the same time. */
export interface Slots {
  /** Work that may begin now. */
  countFree(): number;
  run(work: () => Promise<void>): void;
  /** Waits until all work has ended. */
  end(): Promise<void>;
}

/**
 * Work that takes longer than `waitingAfterMs` waits for a slow receiver and uses no CPU. Its slot is free again, so that slow receivers do
 * not hold up fast ones. The caller limits how much work waits.
 */
export function createSlots({ slots, waitingAfterMs }: { slots: number; waitingAfterMs: number }): Slots {
  const running = new Set<Promise<void>>();
  let used = 0;

  async function runInSlot(work: () => Promise<void>): Promise<void> {
    let isHeld = true;
    used++;
    const release = () => {
      if (isHeld) used--;
      isHeld = false;
    };
    const timer = setTimeout(release, waitingAfterMs);
    try {
      await work();
    } finally {
      clearTimeout(timer);
      release();
    }
  }

  return {
    countFree: () => slots - used,
    run(work) {
      const run = runInSlot(work).finally(() => running.delete(run));
      running.add(run);
    },
    async end() {
      await Promise.allSettled(running);
    },
  };
}
