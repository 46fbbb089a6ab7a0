/**
 * Runs one call of `work` at a time. `join` takes part in the call that is under way, for a caller to whom a result of that call is new
 * enough. `after` begins a call of its own after it, for a caller who must see what was there before it asked; all who wait share it.
 */
export function oneAtATime<Result = void>(work: () => Promise<Result>) {
  /** The call under way, or the one that begins with the next microtasks because the call before it has ended. */
  let running: Promise<Result> | null = null;
  /** False in those microtasks. Such a call still sees all that was there before a caller asked. */
  let hasBegun = false;
  /** The call after that one. */
  let next: Promise<Result> | null = null;

  async function begin(): Promise<Result> {
    hasBegun = true;
    return await work();
  }

  function moveOn(): void {
    running = next;
    next = null;
    hasBegun = false;
  }

  async function join(): Promise<Result> {
    running ??= begin().finally(moveOn);
    return await running;
  }

  return {
    join,
    async after(): Promise<Result> {
      if (running === null || !hasBegun) return await join();
      // Not logged: the error of that call belongs to its own callers.
      next ??= running
        .catch(() => undefined)
        .then(begin)
        .finally(moveOn);
      return await next;
    },
    /** Waits for the call under way and the one after it. */
    async end(): Promise<void> {
      // Their own callers handle their errors.
      await Promise.allSettled([running, next]);
    },
  };
}
