import { setTimeout as sleep } from "node:timers/promises";

const TICK_MS = 100;
/** On a machine without free cores long stops may follow one another for minutes, and the work must go on. */
const MAX_WAITS = 2;

export interface SuspensionWatch {
  /** Resolves when this process has run without a long stop for a while, or when it has waited twice. */
  awaitSteady(): Promise<void>;
  stop(): void;
}

/**
 * Notices that this process did not run for longer than `stoppedMs`: it was suspended, or its event loop was blocked. For `steadyMs` after
 * that, `awaitSteady` waits. The code after a stop may run before the timer does, so each question looks at the clock itself.
 */
export function watchSuspension({
  stoppedMs,
  steadyMs,
}: {
  stoppedMs: number;
  steadyMs: number;
}): SuspensionWatch {
  let seenAt = performance.now();
  let steadyAt = -Infinity;
  function look(): number {
    const now = performance.now();
    if (now - seenAt > stoppedMs) steadyAt = now + steadyMs;
    seenAt = now;
    return steadyAt - now;
  }
  const timer = setInterval(look, TICK_MS);
  timer.unref();
  return {
    async awaitSteady() {
      for (let waits = 0; waits < MAX_WAITS; waits++) {
        const leftMs = look();
        if (leftMs <= 0) return;
        await sleep(leftMs);
      }
    },
    stop: () => clearInterval(timer),
  };
}
