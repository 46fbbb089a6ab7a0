/** Reduces the weight of first places, so that second in both lists beats first in one. Cormack, Clarke, Büttcher, SIGIR 2009. */
const RRF_K = 60;

/** Reciprocal rank fusion of several rankings of ids, best first. */
export function fuseRankings(rankings: readonly (readonly string[])[], limit: number): string[] {
  const scores = new Map<string, number>();
  for (const ranking of rankings) {
    for (const [rank, id] of ranking.entries()) {
      scores.set(id, (scores.get(id) ?? 0) + 1 / (RRF_K + rank + 1));
    }
  }
  return [...scores]
    .toSorted(([idA, a], [idB, b]) => b - a || (idA < idB ? -1 : 1))
    .slice(0, limit)
    .map(([id]) => id);
}
