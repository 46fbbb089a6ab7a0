/**
 * Runs one call of `work` at a time. `join` takes part in the call that is under way, for a caller to whom a result of that call is new
 * enough. `after` begins a call of its own after it, for a caller who must see what was there before it asked; all who wait share it.
 */
export function oneAtATime(work: () => Promise<void>) {
  /** The call under way, or the one that begins with the next microtasks because the call before it has ended. */
  let running: Promise<void> | null = null;
  /** The call after that one. */
  let next: Promise<void> | null = null;

  function moveOn(): void {
    running = next;
    next = null;
  }

  async function join(): Promise<void> {
    running ??= work().finally(moveOn);
    await running;
  }

  return {
    join,
    async after(): Promise<void> {
      if (running === null) return await join();
      // Not logged: the error of that call belongs to its own callers.
      next ??= running
        .catch(() => undefined)
        .then(work)
        .finally(moveOn);
      await next;
    },
    /** Waits for the call under way and the one after it. */
    async end(): Promise<void> {
      // Their own callers handle their errors.
      await Promise.allSettled([running, next]);
    },
  };
}
