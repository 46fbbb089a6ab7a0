/** Work that runs in this process at the same time. */
export interface Slots {
  /** Work that may begin now. */
  countFree(): number;
  /** Work that knows the end of its use of CPU calls `release`. */
  run(work: (release: () => void) => Promise<void>): void;
  /** Waits until work may begin. */
  awaitFree(): Promise<void>;
  /** Waits until work ends, at most for this time. */
  awaitEnd(atMostMs: number): Promise<void>;
  /** Waits until all work has ended. */
  end(): Promise<void>;
}

/**
 * A slot limits the use of CPU. Work that waits for a slow receiver uses none: it releases its slot, and after `waitingAfterMs` the slot is
 * free in any case. So slow receivers do not hold up fast ones. The caller limits how much work waits.
 */
export function createSlots({ slots, waitingAfterMs }: { slots: number; waitingAfterMs: number }): Slots {
  const running = new Set<Promise<void>>();
  let used = 0;
  let released = Promise.withResolvers<void>();
  let ended = Promise.withResolvers<void>();

  async function runInSlot(work: (release: () => void) => Promise<void>): Promise<void> {
    let isHeld = true;
    used++;
    const release = () => {
      if (!isHeld) return;
      isHeld = false;
      used--;
      released.resolve();
      released = Promise.withResolvers();
    };
    const timer = setTimeout(release, waitingAfterMs);
    try {
      await work(release);
    } finally {
      clearTimeout(timer);
      release();
      ended.resolve();
      ended = Promise.withResolvers();
    }
  }

  return {
    countFree: () => slots - used,
    run(work) {
      const run = runInSlot(work).finally(() => running.delete(run));
      running.add(run);
    },
    async awaitFree() {
      while (used >= slots) await released.promise;
    },
    async awaitEnd(atMostMs) {
      const limit = Promise.withResolvers<void>();
      const timer = setTimeout(limit.resolve, atMostMs);
      await Promise.race([limit.promise, ended.promise]);
      clearTimeout(timer);
    },
    async end() {
      await Promise.allSettled(running);
    },
  };
}
