/** More text than the first measurement, in both sizes. */
const TIMES = 8;
/** Linear work grows by `TIMES`, quadratic work by its square. The rest is for caches, collections and busy neighbours. */
const MAX_GROWTH = TIMES * 3.5;
/** A text that takes less than this is not measured precisely. */
const NEGLIGIBLE_MS = 40;
const REPEATS = 3;

/**
 * Null if the CPU time of `work` grows in proportion to the length of its text, else a sentence. CPU time and not the time on the clock,
 * so that a busy machine changes nothing.
 */
export function describeGrowth(work: (length: number) => void, length: number): string | null {
  let growth = Infinity;
  for (let round = 0; round < REPEATS && growth > MAX_GROWTH; round++) {
    const long = measureCpuMs(() => work(length * TIMES));
    if (long < NEGLIGIBLE_MS) return null;
    growth =
      long /
      Math.max(
        measureCpuMs(() => work(length)),
        1,
      );
  }
  return growth <= MAX_GROWTH
    ? null
    : `${TIMES} times the text takes ${Math.round(growth)} times the CPU time`;
}

function measureCpuMs(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}
