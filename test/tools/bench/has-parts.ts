import type { Benchmark } from "./benchmark.ts";

/** Whether `--only` names existing parts, and at least one of each benchmark that has parts. A benchmark without a part would measure nothing. */
export function hasParts(
  benchmarks: readonly Pick<Benchmark, "parts">[],
  only: ReadonlySet<string>,
): boolean {
  const lists = benchmarks.flatMap(({ parts }) => (parts === undefined ? [] : [parts]));
  const known = new Set(lists.flat());
  return (
    [...only].every((name) => known.has(name)) && lists.every((parts) => parts.some((name) => only.has(name)))
  );
}
