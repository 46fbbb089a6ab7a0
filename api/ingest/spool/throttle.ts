/** Runs `work` at once, and later calls not before `everyMs` has passed. */
export function createThrottle(everyMs: number) {
  let nextAt = -Infinity;
  return function runThrottled<Result>(work: () => Result): Result | undefined {
    if (performance.now() < nextAt) return undefined;
    nextAt = performance.now() + everyMs;
    return work();
  };
}
