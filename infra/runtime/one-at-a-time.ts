/**
 * Runs one call of `work` at a time. `join` takes part in the call that is under way, for a caller to whom a result of that call is new
 * enough. `after` begins a call of its own after it, for a caller who must see what was there before it asked; all who wait share it.
 */
export function oneAtATime(work: () => Promise<void>) {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;

  function begin(): Promise<void> {
    running = work().finally(() => {
      running = null;
    });
    return running;
  }

  return {
    join: async (): Promise<void> => await (running ?? begin()),
    async after(): Promise<void> {
      if (running === null) return await begin();
      const before = running;
      next ??= (async () => {
        // Not logged: the error of that call belongs to its own callers.
        await before.catch(() => undefined);
        next = null;
        await begin();
      })();
      await next;
    },
    /** Waits for the call under way. */
    async end(): Promise<void> {
      // Not logged: its own callers handle its error.
      await running?.catch(() => undefined);
    },
  };
}
